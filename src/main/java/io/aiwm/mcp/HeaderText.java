package io.aiwm.mcp;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** A value of a message as it stands in a header: plain where that is safe, else as Base64 between two marks. */
public final class HeaderText {
    private static final String BEGIN = "=?base64?";
    private static final String END = "?=";

    private HeaderText() {}

    public static String encode(String value) {
        return isPlain(value) && !isMarked(value)
                ? value
                : BEGIN + Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8)) + END;
    }

    /** Null: it has characters that may not stand there, or Base64 that is none. */
    public static String decode(String header) {
        if (!isMarked(header)) {
            return isPlain(header) ? header : null;
        }
        try {
            String inner = header.substring(BEGIN.length(), header.length() - END.length());
            return new String(Base64.getDecoder().decode(inner), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException unreadable) {
            return null;
        }
    }

    private static boolean isMarked(String text) {
        return text.length() >= BEGIN.length() + END.length() && text.startsWith(BEGIN) && text.endsWith(END);
    }

    private static boolean isPlain(String text) {
        return text.equals(text.strip()) && text.chars().allMatch(c -> c == '\t' || (c >= 0x20 && c < 0x7f));
    }
}
