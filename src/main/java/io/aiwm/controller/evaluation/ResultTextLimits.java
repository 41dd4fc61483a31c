package io.aiwm.controller.evaluation;

/** How much of what models write is kept in results. Pure. */
final class ResultTextLimits {
    static final int ANSWER = 8_000;
    static final int DETAIL = 500;
    static final int ARGUMENTS = 1_000;

    private ResultTextLimits() {}

    /** The begin of a text, no half of a character at its end. @param text null: stays so */
    static String cut(String text, int most) {
        if (text == null || text.length() <= most) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
        return text.substring(0, end) + "…";
    }
}
