package io.aiwm.controller.api;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Puts the time of each line before it. Of one log; plain Java, not thread-safe. */
final class TimestampedText {
    /** The streams whose last piece ended within a line: what goes on there has its time already. */
    private final Set<String> within = new HashSet<>();

    /** @param times of each line of it; null: they are not known, and it stays as it is */
    String of(String stream, String text, List<String> times) {
        boolean goesOn = within.contains(stream);
        if (!text.isEmpty()) {
            if (text.endsWith("\n")) {
                within.remove(stream);
            } else {
                within.add(stream);
            }
        }
        if (times == null) {
            return text;
        }
        var timed = new StringBuilder();
        int line = 0;
        for (int from = 0; from < text.length(); line++) {
            int end = text.indexOf('\n', from) + 1;
            int to = end == 0 ? text.length() : end;
            if (line > 0 || !goesOn) {
                timed.append(times.get(line)).append(' ');
            }
            timed.append(text, from, to);
            from = to;
        }
        return timed.toString();
    }
}
