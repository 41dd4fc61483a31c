package io.aiwm.controller.autoscale;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which deployments have to leave so that one that waits has room: those that leave anyway before those that yield, before those
 * that may be asked to, before those whose time has not come. Of several that would do it finds the one that was not called for
 * longest; where none does alone, as few as it can. Pure but for the room it tries out.
 */
final class RoomSearch {
    /** One that has calls without a pause is asked to yield when somebody has waited for so long. */
    static final long BUSY_YIELDS_AFTER_MILLIS = 10_000;
    /** So many are tried for one that waits. */
    static final int MOST_TRIED = 64;

    private final TurnRoom room;
    /** Whether those that can sleep are tried as if they went. */
    private boolean gone;

    /** @param leftMillis until it may be asked to yield; 0: it may be now */
    record Candidate(Resident resident, long leftMillis) {
        int level() {
            return switch (resident.phase()) {
                case LEAVING -> 0;
                case YIELDING -> 1;
                case ASLEEP -> 2;
                case AWAKE -> leftMillis == 0 ? 2 : 3;
            };
        }
    }

    RoomSearch(TurnRoom room) {
        this.room = room;
    }

    static Candidate candidate(Resident resident, long waitedMillis) {
        if (resident.phase() == Resident.Phase.ASLEEP) {
            return new Candidate(resident, 0);
        }
        long residence = resident.residenceMillis() - resident.residentMillis();
        long pause = resident.isBusy() ? BUSY_YIELDS_AFTER_MILLIS - waitedMillis : 0;
        return new Candidate(resident, Math.max(0, Math.max(residence, pause)));
    }

    /**
     * Finds those that have to leave; they stay out of the room. Null, with the room as it was: none help, however many.
     *
     * @param all without the one that waits
     */
    List<Candidate> forWaiter(String waiterId, List<Candidate> all) {
        if (room.fits(waiterId)) {
            return List.of();
        }
        List<Candidate> order = all.stream()
                .sorted(Comparator.comparingInt(Candidate::level)
                        .thenComparingLong(Candidate::leftMillis)
                        .thenComparing(one -> one.resident().isBusy())
                        .thenComparing(Comparator.comparingLong(
                                        (Candidate one) -> one.resident().idleMillis())
                                .reversed())
                        .thenComparing(Comparator.comparingLong(
                                        (Candidate one) -> one.resident().residentMillis())
                                .reversed())
                        .thenComparing(one -> one.resident().id()))
                .limit(MOST_TRIED)
                .toList();
        gone = false;
        List<Candidate> found = upTo(waiterId, order);
        if (found == null && order.stream().anyMatch(one -> one.resident().keeps())) {
            gone = true;
            found = upTo(waiterId, order);
        }
        return found;
    }

    private List<Candidate> upTo(String waiterId, List<Candidate> order) {
        for (int level = 0; level <= 3; level++) {
            List<Candidate> found = upTo(level, waiterId, order);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private List<Candidate> upTo(int level, String waiterId, List<Candidate> order) {
        if (order.stream().noneMatch(one -> one.level() == level)) {
            return null;
        }
        for (Candidate one : order) {
            if (one.level() == level && helps(waiterId, one)) {
                return List.of(one);
            }
        }
        return several(waiterId, order.stream().filter(one -> one.level() <= level));
    }

    private boolean helps(String waiterId, Candidate one) {
        room.without(one.resident().id(), gone);
        if (room.fits(waiterId)) {
            return true;
        }
        room.with(one.resident().id());
        return false;
    }

    private List<Candidate> several(String waiterId, Stream<Candidate> order) {
        var out = new ArrayList<Candidate>();
        for (Candidate one : order.toList()) {
            out.add(one);
            if (helps(waiterId, one)) {
                return fewest(waiterId, out);
            }
            room.without(one.resident().id(), gone);
        }
        putBack(out);
        return null;
    }

    /** The last one is needed; of the others those come back that are not, first those that would be asked last. */
    private List<Candidate> fewest(String waiterId, List<Candidate> out) {
        var needed = new ArrayList<>(out);
        for (int i = out.size() - 2; i >= 0; i--) {
            Candidate one = out.get(i);
            room.with(one.resident().id());
            if (room.fits(waiterId)) {
                needed.remove(one);
            } else {
                room.without(one.resident().id(), gone);
            }
        }
        return List.copyOf(needed);
    }

    void putBack(List<Candidate> out) {
        out.forEach(one -> room.with(one.resident().id()));
    }
}
