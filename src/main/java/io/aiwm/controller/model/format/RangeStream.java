package io.aiwm.controller.model.format;

import java.io.IOException;
import java.io.InputStream;

/** A part of a file as a stream, read in pieces. */
final class RangeStream extends InputStream {
    private static final int PIECE = 256 << 10;

    private final ByteSource source;
    private final byte[] piece;
    private final long end;
    private long next;
    private int at;
    private int filled;

    RangeStream(ByteSource source, long start, long length) {
        this.source = source;
        this.next = start;
        this.end = start + length;
        this.piece = new byte[(int) Math.min(PIECE, Math.max(1, length))];
    }

    @Override
    public int read() throws IOException {
        return fill() ? piece[at++] & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int count = Math.min(length, filled - at);
        System.arraycopy(piece, at, into, offset, count);
        at += count;
        return count;
    }

    /** Whether there is a byte. */
    private boolean fill() throws IOException {
        if (at < filled) {
            return true;
        }
        filled = (int) Math.min(piece.length, end - next);
        at = 0;
        if (filled > 0) {
            source.read(next, piece, filled);
            next += filled;
        }
        return filled > 0;
    }
}
