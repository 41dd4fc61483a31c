package io.aiwm.controller.agent;

/** A text that is cut where it is too long, and says so. Pure. */
final class TruncatedText {
    private static final String MARK = " […]";

    private TruncatedText() {}

    static String of(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        // half of a pair is no character
        int end = most > 0 && Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
        return text.substring(0, end) + MARK;
    }
}
