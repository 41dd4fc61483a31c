package io.aiwm.common;

import java.io.Writer;

/** Keeps what is written as text. Most texts come in one piece, and are not copied again. Not thread-safe. */
public final class TextWriter extends Writer {
    private String first = "";
    private StringBuilder all;

    @Override
    public void write(char[] chars, int from, int length) {
        if (length == 0) {
            return;
        }
        if (all == null && first.isEmpty()) {
            first = new String(chars, from, length);
            return;
        }
        all().append(chars, from, length);
    }

    @Override
    public void write(String text, int from, int length) {
        if (length > 0) {
            all().append(text, from, from + length);
        }
    }

    @Override
    public void write(int c) {
        all().append((char) c);
    }

    private StringBuilder all() {
        if (all == null) {
            all = new StringBuilder(Math.max(64, 2 * first.length())).append(first);
        }
        return all;
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}

    /** Returns what was written so far. */
    @Override
    public String toString() {
        return all == null ? first : all.toString();
    }
}
