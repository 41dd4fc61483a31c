package io.aiwm.controller.notification;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What of the deliveries that wait for one target is sent now, and as what. Pure.
 *
 * @param units in the order in which they are sent
 * @param nextDue when the first of the others is due; null: none waits
 * @param held what those that follow have to heed
 */
record Selection(List<Unit> units, Instant nextDue, Held held) {
    /** So many events of one type are told as one; fewer one by one. */
    static final int FOLDED_FROM = 5;

    /** What is told at once. @param members more than one: folded */
    record Unit(Notice notice, List<Delivery> members) {
        static Unit of(Delivery one) {
            return new Unit(one.notice(), List.of(one));
        }
    }

    /**
     * Of deliveries that come before others.
     *
     * @param resources of which one waits: what follows of them waits too
     * @param gathered whether a storm among them is told
     */
    record Held(Set<String> resources, boolean gathered) {
        static final Held NONE = new Held(Set.of(), false);
    }

    /**
     * @param waiting in the order of revisions
     * @param before of the deliveries before these
     * @param fold whether many of one type become one. An event stays by itself where it would overtake another of its resource
     */
    static Selection of(List<Delivery> waiting, Held before, Instant now, boolean fold) {
        // when the first of a storm has been gathered for long enough, those that came after it go with it
        boolean newIsDue = waiting.stream().anyMatch(one -> isNew(one) && isDue(one, now));
        boolean gathered = before.gathered() || (fold && newIsDue);
        var due = new ArrayList<Delivery>();
        Set<String> held = new HashSet<>(before.resources());
        Instant next = null;
        for (Delivery one : waiting) {
            String resource = one.notice().resource();
            if (!isDue(one, now) && !(gathered && isNew(one))) {
                held.add(resource);
                next = next == null || one.dueAt().isBefore(next) ? one.dueAt() : next;
            } else if (!held.contains(resource)) {
                due.add(one);
            }
        }
        return new Selection(fold ? folded(due) : due.stream().map(Unit::of).toList(), next, new Held(held, gathered));
    }

    /** What was made later than now was made before the clock was set back, and is gathered no longer. */
    private static boolean isDue(Delivery one, Instant now) {
        return !one.dueAt().isAfter(now) || (isNew(one) && one.createdAt().isAfter(now));
    }

    private static boolean isNew(Delivery one) {
        return one.attempts() == 0;
    }

    /** What was refused as one is told as one again. */
    private static String together(Delivery one) {
        return one.attempts() + " " + one.notice().folding();
    }

    private static List<Unit> folded(List<Delivery> due) {
        Map<String, List<Delivery>> byType = new HashMap<>();
        // of each resource the types that were seen
        Map<String, Set<String>> seen = new HashMap<>();
        for (Delivery one : due) {
            String type = one.notice().type();
            Set<String> before = seen.computeIfAbsent(one.notice().resource(), none -> new HashSet<>());
            before.add(type);
            if (before.size() == 1) {
                byType.computeIfAbsent(together(one), none -> new ArrayList<>()).add(one);
            }
        }
        byType.values().removeIf(all -> all.size() < FOLDED_FROM);
        var units = new ArrayList<Unit>();
        Set<String> told = new HashSet<>();
        for (Delivery one : due) {
            List<Delivery> all = byType.get(together(one));
            if (all == null || !all.contains(one)) {
                units.add(Unit.of(one));
            } else if (told.add(together(one))) {
                units.add(new Unit(
                        Notice.folded(all.stream().map(Delivery::notice).toList()), List.copyOf(all)));
            }
        }
        return units;
    }
}
