package io.aiwm.controller.api;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Holds the beginning of a line until its end has come, so that no line of another replica comes in between. One that is
 * longer than {@value #MOST_CHARS} characters is cut. Of one replica; plain Java, not thread-safe.
 */
final class LineAssembler {
    static final int MOST_CHARS = 64 * 1024;

    /** Lines, and when each was written; times is null where that is not known. */
    record Lines(String text, List<String> times) {
        static final Lines NONE = new Lines("", null);
    }

    private static final class Begun {
        private final StringBuilder text = new StringBuilder();
        private String time;
    }

    /** By the program's stream. */
    private final Map<String, Begun> begun = new HashMap<>();

    /** Returns what is there in whole lines, each with its end; an empty text where there is none. */
    Lines add(String stream, Lines piece) {
        Begun held = begun.computeIfAbsent(stream, first -> new Begun());
        List<String> times = piece.times() == null ? null : new ArrayList<>(piece.times());
        if (times != null && held.text.length() > 0 && held.time != null) {
            times.set(0, held.time);
        }
        held.text.append(piece.text());
        int end = held.text.lastIndexOf("\n") + 1;
        String whole = held.text.substring(0, end);
        held.text.delete(0, end);
        if (held.text.length() >= MOST_CHARS) {
            whole = whole + held.text + "\n";
            held.text.setLength(0);
        }
        boolean rest = held.text.length() > 0;
        held.time = !rest ? null : times == null ? held.time : times.get(times.size() - 1);
        return new Lines(whole, times == null || !rest ? times : times.subList(0, times.size() - 1));
    }

    /** The rest of a stream when nothing more comes, as a line; an empty text where there is none. */
    Lines rest(String stream) {
        Begun held = begun.remove(stream);
        return held == null || held.text.length() == 0
                ? Lines.NONE
                : new Lines(held.text + "\n", held.time == null ? null : List.of(held.time));
    }
}
