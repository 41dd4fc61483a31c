package io.aiwm.inference.balance;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Calls that wait, in the order in which they are served: larger priority first, and within one priority a call of each caller in
 * turn. A priority that was passed over {@link #PATIENCE} times comes next, so that none starves. Guarded by the balancer's lock.
 */
final class FairQueue {
    static final int PATIENCE = 8;

    /** Callers in the order of their turns, each with its calls, the oldest first. */
    private static final class Level {
        final Map<String, ArrayDeque<Waiter>> lanes = new LinkedHashMap<>();
        int passedOver;
    }

    private final TreeMap<Integer, Level> levels = new TreeMap<>(Collections.reverseOrder());
    private int size;
    /** How many of them may not go to every replica. */
    private int choosy;

    int size() {
        return size;
    }

    boolean isAnyChoosy() {
        return choosy > 0;
    }

    void add(Waiter waiter) {
        levels.computeIfAbsent(waiter.ask.priority(), none -> new Level())
                .lanes
                .computeIfAbsent(waiter.ask.caller(), none -> new ArrayDeque<>())
                .add(waiter);
        size++;
        choosy += waiter.ask.not().isEmpty() ? 0 : 1;
    }

    /** Removes the first in order that {@code fits}; null: none does. */
    Waiter next(Predicate<Waiter> fits) {
        Integer starved = starved();
        Waiter found = starved == null ? null : next(starved, fits);
        if (found != null) {
            return found;
        }
        for (Integer priority : levels.keySet()) {
            found = next(priority, fits);
            if (found != null) {
                return found; // the levels have changed
            }
        }
        return null;
    }

    private Integer starved() {
        Integer starved = null;
        int most = PATIENCE - 1;
        for (var each : levels.entrySet()) {
            if (each.getValue().passedOver > most) {
                most = each.getValue().passedOver;
                starved = each.getKey();
            }
        }
        return starved;
    }

    private Waiter next(Integer priority, Predicate<Waiter> fits) {
        Level level = levels.get(priority);
        for (var lane : level.lanes.entrySet()) {
            for (Iterator<Waiter> waiters = lane.getValue().iterator(); waiters.hasNext(); ) {
                Waiter waiter = waiters.next();
                if (fits.test(waiter)) {
                    waiters.remove();
                    served(priority, level, lane.getKey());
                    removed(waiter);
                    return waiter;
                }
            }
        }
        return null;
    }

    private void served(Integer priority, Level level, String caller) {
        ArrayDeque<Waiter> lane = level.lanes.remove(caller);
        if (!lane.isEmpty()) {
            level.lanes.put(caller, lane); // behind the others
        }
        level.passedOver = 0;
        levels.tailMap(priority, false).values().forEach(lower -> lower.passedOver++);
        if (level.lanes.isEmpty()) {
            levels.remove(priority);
        }
    }

    private void removed(Waiter waiter) {
        size--;
        choosy -= waiter.ask.not().isEmpty() ? 0 : 1;
    }

    /** Removes all of which this holds, and returns them. */
    List<Waiter> removeIf(Predicate<Waiter> which) {
        var removed = new ArrayList<Waiter>();
        levels.values()
                .forEach(level -> level.lanes
                        .values()
                        .forEach(lane -> lane.removeIf(waiter -> which.test(waiter) && removed.add(waiter))));
        levels.values().forEach(level -> level.lanes.values().removeIf(ArrayDeque::isEmpty));
        levels.values().removeIf(level -> level.lanes.isEmpty());
        removed.forEach(this::removed);
        return removed;
    }

    /** Of all that wait; the largest number where none does. */
    long firstDeadline() {
        long first = Long.MAX_VALUE;
        for (Level level : levels.values()) {
            for (ArrayDeque<Waiter> lane : level.lanes.values()) {
                for (Waiter waiter : lane) {
                    first = Math.min(first, waiter.deadline);
                }
            }
        }
        return first;
    }
}
