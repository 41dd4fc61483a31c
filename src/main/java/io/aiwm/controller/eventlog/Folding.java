package io.aiwm.controller.eventlog;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Keeps busy times from filling the log: routine events are told one by one up to so many a second; of more, each block has how
 * many there were of each type. Routine is what goes as it should of executions, steps, jobs and audit; warnings and errors are
 * always told one by one. Not thread-safe.
 */
final class Folding {
    private static final List<String> ROUTINE = List.of("execution.", "step.", "job.", "audit.");
    /** A short burst is told in full. */
    private static final int BURST_SECONDS = 4;

    private final int perSecond;
    private final LongSupplier nanos;
    private double left;
    private long filledNanos;
    private final Map<String, Integer> folded = new TreeMap<>();

    /** @param nanos monotonic */
    Folding(int perSecond, LongSupplier nanos) {
        this.perSecond = perSecond;
        this.nanos = nanos;
        this.left = (double) perSecond * BURST_SECONDS;
        this.filledNanos = nanos.getAsLong();
    }

    /** Whether the event is told by itself; if not, it is counted. */
    boolean tells(String note) {
        String type = type(note);
        if (!isRoutine(type) || note.contains(Happening.SEVERITY)) {
            return true;
        }
        long now = nanos.getAsLong();
        left = Math.min((double) perSecond * BURST_SECONDS, left + (now - filledNanos) / 1e9 * perSecond);
        filledNanos = now;
        if (left >= 1) {
            left--;
            return true;
        }
        folded.merge(type, 1, Integer::sum);
        return false;
    }

    private static boolean isRoutine(String type) {
        return ROUTINE.stream().anyMatch(type::startsWith);
    }

    private static String type(String note) {
        return note.startsWith(Happening.BEGINS)
                ? note.substring(Happening.BEGINS.length(), note.indexOf('"', Happening.BEGINS.length()))
                : "";
    }

    /** How many events of one type are not told by themselves. */
    record Count(String type, int count) {}

    /** Returns what was counted since the last call. */
    List<Count> counted() {
        var all = new ArrayList<Count>(folded.size());
        folded.forEach((type, count) -> all.add(new Count(type, count)));
        folded.clear();
        return all;
    }
}
