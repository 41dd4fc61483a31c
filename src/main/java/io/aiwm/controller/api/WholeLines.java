package io.aiwm.controller.api;

import java.util.HashMap;
import java.util.Map;

/**
 * Holds the beginning of a line until its end has come, so that no line of another replica comes in between. One that is
 * longer than {@value #MOST_CHARS} characters is cut. Of one replica; plain Java, not thread-safe.
 */
final class WholeLines {
    static final int MOST_CHARS = 64 * 1024;

    /** By the program's stream. */
    private final Map<String, StringBuilder> begun = new HashMap<>();

    /** Returns what is there in whole lines, each with its end; empty where there is none. */
    String add(String stream, String text) {
        StringBuilder held = begun.computeIfAbsent(stream, first -> new StringBuilder());
        held.append(text);
        int end = held.lastIndexOf("\n") + 1;
        String whole = held.substring(0, end);
        held.delete(0, end);
        if (held.length() < MOST_CHARS) {
            return whole;
        }
        whole = whole + held + "\n";
        held.setLength(0);
        return whole;
    }

    /** The rest of a stream when nothing more comes, as a line; empty where there is none. */
    String rest(String stream) {
        StringBuilder held = begun.remove(stream);
        return held == null || held.length() == 0 ? "" : held + "\n";
    }
}
