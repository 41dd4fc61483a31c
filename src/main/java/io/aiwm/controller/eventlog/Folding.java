package io.aiwm.controller.eventlog;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Keeps busy times from filling the log: routine events are told one by one up to so many a second; of more, each block has how
 * many there were of each type. Routine is what goes as it should of executions, steps, jobs and audit; warnings and errors are
 * always told one by one. Not thread-safe.
 */
final class Folding {
    private final RoutineLimit limit;
    private final Map<String, Integer> folded = new HashMap<>();

    /** @param nanos monotonic */
    Folding(int perSecond, LongSupplier nanos) {
        this.limit = new RoutineLimit(perSecond, nanos);
    }

    /** Whether the event is told by itself; if not, it is counted where it is routine. */
    boolean tells(String note) {
        boolean told = note.startsWith("{");
        String type = told ? type(note) : note;
        if (!isRoutine(type) || (told && (note.contains(EventNote.SEVERITY) || limit.takes()))) {
            return told;
        }
        folded.merge(type, 1, Integer::sum);
        return false;
    }

    private static String type(String note) {
        return note.startsWith(EventNote.BEGINS)
                ? note.substring(EventNote.BEGINS.length(), note.indexOf('"', EventNote.BEGINS.length()))
                : "";
    }

    private static boolean isRoutine(String type) {
        return type.startsWith("execution.")
                || type.startsWith("step.")
                || type.startsWith("job.")
                || type.startsWith("audit.");
    }

    /** How many events of one type are not told by themselves. */
    record Count(String type, int count) {}

    /** Returns what was counted since the last call, in the order of types. */
    List<Count> counted() {
        var all = new ArrayList<Count>(folded.size());
        folded.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(each -> all.add(new Count(each.getKey(), each.getValue())));
        folded.clear();
        return all;
    }
}
