package io.aiwm.controller.autoscale;

import io.aiwm.controller.autoscale.RoomSearch.Candidate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which deployments make room for which others, so that models that do not fit beside each other take turns. One that waits gets
 * the room of those that {@link RoomSearch} finds. These first yield: they get no new calls; when those under way have ended they
 * sleep, all at once. Pure but for the room it tries out: the same calls, records and times decide the same.
 */
final class TurnPlan {
    /** So long after it yields every gateway has heard of it, and has said which calls it began before. */
    static final long SETTLE_MILLIS = 3_000;
    /** One whose calls take longer goes on, and is not asked again before it has been there for its time once more. */
    static final long MOST_YIELDING_MILLIS = 300_000;
    /** So many that wait are looked at, those that wait longest first. */
    static final int MOST_WAITERS = 16;

    /** One that sleeps and finds no room where it does is started anew elsewhere after this. */
    static final long ELSEWHERE_AFTER_MILLIS = 30_000;

    /** A deployment that calls have woken and that has no node. @param wakes whether it waits for where its engine sleeps */
    record Waiter(String id, String name, long waitedMillis, boolean wakes) {
        Waiter(String id, String name, long waitedMillis) {
            this(id, name, waitedMillis, false);
        }
    }

    /**
     * What is to be done.
     *
     * @param turns of those that wait
     * @param yield ids of those that get no more calls from now on, to whom they make room
     * @param sleep the same of those that sleep from now on
     * @param evict ids of those that sleep and are removed, to whom they make room
     * @param elsewhere ids of those that wait where their engine sleeps and are started anew, wherever there is room
     * @param resume ids of those that were yielding and get calls again
     * @param keep the same, because their calls take too long
     */
    record Plan(
            List<Turn> turns,
            Map<String, Waiter> yield,
            Map<String, Waiter> sleep,
            Map<String, Waiter> evict,
            Set<String> elsewhere,
            Set<String> resume,
            Set<String> keep) {}

    private final List<Resident> residents;
    private final RoomSearch search;
    private final TurnRoom room;
    private final boolean whole;
    private final Plan plan = new Plan(
            new ArrayList<>(),
            new LinkedHashMap<>(),
            new LinkedHashMap<>(),
            new LinkedHashMap<>(),
            new HashSet<>(),
            new HashSet<>(),
            new HashSet<>());
    /** Those whose room is spoken for. */
    private final Set<String> spoken = new HashSet<>();

    private TurnPlan(List<Resident> residents, TurnRoom room, boolean whole) {
        this.residents = residents;
        this.room = room;
        this.search = new RoomSearch(room);
        this.whole = whole;
    }

    /** @param whole whether all gateways have said what calls they have; if not, none is asked to yield or put to sleep */
    static Plan of(List<Waiter> waiters, List<Resident> residents, TurnRoom room, boolean whole) {
        var turns = new TurnPlan(residents, room, whole);
        residents.stream()
                .filter(one -> one.yieldingMillis() >= MOST_YIELDING_MILLIS && one.inFlight() > 0)
                .forEach(one -> turns.plan.keep.add(one.id()));
        List<Waiter> order = waiters.stream()
                .sorted(Comparator.comparingLong(Waiter::waitedMillis)
                        .reversed()
                        .thenComparing(Waiter::id))
                .toList();
        for (int i = 0; i < order.size(); i++) {
            turns.plan.turns.add(i < MOST_WAITERS ? turns.of(order.get(i)) : queued(order.get(i)));
        }
        turns.resumeOthers();
        return turns.plan;
    }

    private static Turn queued(Waiter waiter) {
        return new Turn(
                waiter.id(), Turn.Code.QUEUED, "waits for " + MOST_WAITERS + " that wait longer", List.of(), null);
    }

    private Turn of(Waiter waiter) {
        List<Candidate> set = search.forWaiter(
                waiter.id(),
                residents.stream()
                        .filter(one -> !one.id().equals(waiter.id())
                                && !spoken.contains(one.id())
                                && !plan.keep.contains(one.id()))
                        .map(one -> RoomSearch.candidate(one, waiter.waitedMillis()))
                        .toList());
        if (set == null) {
            if (waiter.wakes() && waiter.waitedMillis() >= ELSEWHERE_AFTER_MILLIS) {
                plan.elsewhere.add(waiter.id());
            }
            return new Turn(waiter.id(), Turn.Code.NO_ROOM, room.why(waiter.id()), List.of(), null);
        }
        set.forEach(one -> spoken.add(one.resident().id()));
        int level = set.stream().mapToInt(Candidate::level).max().orElse(-1);
        if (level == 3) {
            // their room is kept for it, so that a smaller one that came later does not get a part of it again and
            // again
            search.putBack(set);
            set.stream()
                    .filter(one -> one.level() == 1)
                    .forEach(one -> plan.resume.add(one.resident().id()));
            return notYet(waiter, set);
        }
        room.take(waiter.id());
        return switch (level) {
            case -1 -> turn(waiter, Turn.Code.PLACING, "there is room; it is being placed", set, 0L);
            case 0 -> leaving(waiter, set);
            case 1 -> yielding(waiter, set);
            default -> asked(waiter, set);
        };
    }

    private Turn asked(Waiter waiter, List<Candidate> set) {
        if (!whole) {
            return turn(
                    waiter,
                    Turn.Code.YIELDING,
                    "waits until all controllers have said what calls there are",
                    set,
                    null);
        }
        set.stream()
                .filter(one -> one.level() == 2)
                .map(Candidate::resident)
                .forEach(one -> (one.phase() == Resident.Phase.ASLEEP ? plan.evict : plan.yield).put(one.id(), waiter));
        return turn(waiter, Turn.Code.YIELDING, names(set) + " makes room", set, null);
    }

    private Turn yielding(Waiter waiter, List<Candidate> set) {
        List<Resident> yields = set.stream()
                .filter(one -> one.level() == 1)
                .map(Candidate::resident)
                .toList();
        int inFlight = yields.stream().mapToInt(Resident::inFlight).sum();
        boolean settled = yields.stream().allMatch(one -> one.yieldingMillis() >= SETTLE_MILLIS);
        if (whole && settled && inFlight == 0) {
            yields.forEach(one -> plan.sleep.put(one.id(), waiter));
            return leaving(waiter, set);
        }
        return turn(
                waiter,
                Turn.Code.YIELDING,
                inFlight == 0
                        ? names(set) + " makes room"
                        : "waits for the calls of " + names(set) + " that are under way (" + inFlight
                                + "); it gets no new ones",
                set,
                null);
    }

    private static Turn leaving(Waiter waiter, List<Candidate> set) {
        return turn(
                waiter,
                Turn.Code.LEAVING,
                names(set)
                        + (set.stream().anyMatch(one -> one.resident().keeps())
                                ? " falls asleep"
                                : " sleeps, and its container is being removed"),
                set,
                null);
    }

    private static Turn notYet(Waiter waiter, List<Candidate> set) {
        Candidate last = set.stream()
                .max(Comparator.comparingLong(Candidate::leftMillis))
                .orElseThrow();
        Resident resident = last.resident();
        long left = seconds(last.leftMillis());
        String residence = "to have been resident " + seconds(resident.residenceMillis()) + " s";
        if (resident.residentMillis() < 0) {
            String text = "waits for " + resident.name() + " to be ready, and then " + residence;
            return turn(waiter, Turn.Code.RESIDENCE, text, set, null);
        }
        boolean stays = resident.residentMillis() + last.leftMillis() <= resident.residenceMillis();
        String text = stays
                ? " " + residence + "; " + left + " s left"
                : " to have no calls (it has " + resident.calls() + "); in " + left + " s it yields even if it has";
        return turn(
                waiter, stays ? Turn.Code.RESIDENCE : Turn.Code.BUSY, "waits for " + resident.name() + text, set, left);
    }

    private static long seconds(long millis) {
        return (millis + 999) / 1_000;
    }

    private static Turn turn(Waiter waiter, Turn.Code code, String text, List<Candidate> set, Long left) {
        return new Turn(
                waiter.id(),
                code,
                text,
                set.stream().map(one -> one.resident().id()).toList(),
                left);
    }

    private static String names(List<Candidate> set) {
        return set.stream().map(one -> one.resident().name()).collect(Collectors.joining(", "));
    }

    /** Nobody waits for their room any more. */
    private void resumeOthers() {
        residents.stream()
                .filter(one -> one.phase() == Resident.Phase.YIELDING
                        && !spoken.contains(one.id())
                        && !plan.keep.contains(one.id()))
                .forEach(one -> plan.resume.add(one.id()));
        if (!whole) {
            plan.resume.clear(); // a controller that is silent may have the calls for which they yield
        }
    }
}
