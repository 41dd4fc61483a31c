package io.aiwm.inference.body;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.Deque;

/** Finds the usage in an answer that passes by in pieces: it stands near the end, with some engines at the beginning. */
public final class UsageTail {
    private static final int EDGE_BYTES = 8 * 1024;

    private final Deque<Buffer> pieces = new ArrayDeque<>();
    private Buffer first;
    private int kept;
    private long bytes;

    public void add(Buffer piece) {
        if (first == null) {
            first = piece;
        }
        bytes += piece.length();
        pieces.add(piece);
        kept += piece.length();
        while (kept - pieces.peek().length() >= EDGE_BYTES) {
            kept -= pieces.poll().length();
        }
    }

    public long bytes() {
        return bytes;
    }

    /** Asked after the last piece; null: not found. */
    public TokenUsage found() {
        if (first == null) {
            return null;
        }
        byte[] end = new byte[kept];
        int at = 0;
        for (Buffer piece : pieces) {
            piece.getBytes(end, at);
            at += piece.length();
        }
        TokenUsage found = TokenUsage.last(end, Math.max(0, kept - EDGE_BYTES), kept);
        if (found != null || bytes <= EDGE_BYTES) {
            return found;
        }
        byte[] beginning = first.getBytes(0, Math.min(EDGE_BYTES, first.length()));
        return TokenUsage.last(beginning, 0, beginning.length);
    }
}
