package io.aiwm.common;

import java.util.regex.Pattern;

/**
 * A name, a reason or another short text that people read in lists, logs and terminals: it can be seen, and it changes
 * nothing but its own place there. The contract says the same with {@link #PATTERN}.
 */
public final class SingleLineText {
    /** Linear: what the look-ahead repeats and what has to follow it have no character in common. */
    public static final String PATTERN = "^(?=[\\p{Zs}\\p{Cf}]*[^\\p{Cc}\\p{Cf}\\p{Z}])"
            + "[^\\p{Cc}\\p{Zl}\\p{Zp}\\u202A-\\u202E\\u2066-\\u2069\\uFEFF]*$";

    public static final String RULE =
            "must be one line of text that can be seen: no line breaks, no control characters, none that turn its direction";

    private static final Pattern LINE = Pattern.compile(PATTERN.substring(0, PATTERN.length() - 1) + "\\z");

    private static final Pattern BREAKS =
            Pattern.compile("[\\p{Cc}\\p{Zl}\\p{Zp}\\u202A-\\u202E\\u2066-\\u2069\\uFEFF]");

    private SingleLineText() {}

    /** A text that only describes: what it may not hold is a question mark, and it ends after so many characters. */
    public static String of(String text, int most) {
        int end = Math.min(text.length(), most);
        if (end < text.length() && Character.isHighSurrogate(text.charAt(end - 1))) {
            end--;
        }
        return BREAKS.matcher(text.substring(0, end)).replaceAll("?");
    }

    public static boolean is(String text) {
        return LINE.matcher(text).find();
    }
}
