package io.aiwm.boot;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Collects every mistake in the configuration, so that all are reported at once. */
public final class ConfigErrors {
    private final List<String> found = new ArrayList<>();
    private boolean usage;

    void add(String sentence) {
        found.add(sentence);
    }

    /** A mistake on the command line itself: the process then ends with 2, not 1. */
    void addUsage(String sentence) {
        usage = true;
        found.add(sentence);
    }

    /** Throws {@link StartFailure} when anything was added. */
    void throwIfAny(String what) {
        if (found.isEmpty()) {
            return;
        }
        String text = found.size() == 1
                ? what + ": " + found.get(0)
                : what + " has " + found.size() + " mistakes:\n  - " + String.join("\n  - ", found);
        throw new StartFailure(text, usage ? StartFailure.USAGE : StartFailure.FAILED);
    }

    /** Returns {@code "; did you mean http.port?"}, or an empty text if no known name is similar. */
    public static String nearest(String name, Collection<String> known) {
        return known.stream()
                .filter(candidate -> distance(name, candidate) <= Math.max(2, name.length() / 3))
                .min(Comparator.comparingInt(candidate -> distance(name, candidate)))
                .map(candidate -> "; did you mean " + candidate + "?")
                .orElse("");
    }

    private static int distance(String left, String right) {
        int[] previous = new int[right.length() + 1];
        for (int column = 0; column <= right.length(); column++) {
            previous[column] = column;
        }
        for (int row = 1; row <= left.length(); row++) {
            int[] current = new int[right.length() + 1];
            current[0] = row;
            for (int column = 1; column <= right.length(); column++) {
                int replace = previous[column - 1] + (left.charAt(row - 1) == right.charAt(column - 1) ? 0 : 1);
                current[column] = Math.min(replace, 1 + Math.min(previous[column], current[column - 1]));
            }
            previous = current;
        }
        return previous[right.length()];
    }
}
