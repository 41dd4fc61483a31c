package io.aiwm.inference.body;

import static java.nio.charset.StandardCharsets.US_ASCII;

/** Finds what must be known of a chunk in its text: each is looked at, and a tree of each would cost more than passing it on. */
final class ChunkText {
    private static final byte[] CHOICES = "\"choices\"".getBytes(US_ASCII);
    private static final byte[] ERROR = "\"error\"".getBytes(US_ASCII);
    private static final byte[] FINISH = "\"finish_reason\"".getBytes(US_ASCII);

    private ChunkText() {}

    /** Whether the list of choices is empty, or null, as some say instead. */
    static boolean hasNoChoices(byte[] data, int from, int to) {
        int at = valueOf(CHOICES, data, from, to);
        if (at < to && data[at] == '[') {
            at = blank(data, at + 1, to);
        }
        return at < to && (data[at] == ']' || data[at] == 'n');
    }

    /** Whether it has choices, so that one that says why the answer ends is to follow or is this one. */
    static boolean hasChoices(byte[] data, int from, int to) {
        return valueOf(CHOICES, data, from, to) < to;
    }

    /** Whether it says why the answer ends, be it with an error. */
    static boolean isLast(byte[] data, int from, int to) {
        int at = valueOf(FINISH, data, from, to);
        return at < to ? data[at] == '"' : valueOf(ERROR, data, from, to) < to;
    }

    /** Whether it says that something is wrong. */
    static boolean isError(byte[] data, int from, int to) {
        return valueOf(ERROR, data, from, to) < to;
    }

    /** Where the value of the first such key begins; {@code to}: there is none. */
    private static int valueOf(byte[] key, byte[] data, int from, int to) {
        for (int i = from; i < to - key.length; i++) {
            // a quote within a text has a backslash before it, so that answers are not taken for a key
            if (data[i] == '"' && (i == from || data[i - 1] != '\\') && startsWith(data, i, to, key)) {
                int at = blank(data, i + key.length, to);
                return at < to && data[at] == ':' ? blank(data, at + 1, to) : to;
            }
        }
        return to;
    }

    private static int blank(byte[] data, int from, int to) {
        int at = from;
        while (at < to && (data[at] == ' ' || data[at] == '\t' || data[at] == '\n')) {
            at++;
        }
        return at;
    }

    static boolean startsWith(byte[] data, int from, int to, byte[] word) {
        if (to - from < word.length) {
            return false;
        }
        for (int i = 0; i < word.length; i++) {
            if (data[from + i] != word[i]) {
                return false;
            }
        }
        return true;
    }
}
