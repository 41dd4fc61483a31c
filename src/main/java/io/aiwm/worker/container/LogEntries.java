package io.aiwm.worker.container;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The entries of one stream of a container's log, from the pieces in which the client hands it out: it cuts what the engine
 * sent wherever a read of the socket ended. An entry is a time, a space and what was written: up to and with the end of a
 * line, or {@value #FULL} bytes of a longer line, which is how much of one the engine keeps in an entry.
 */
final class LogEntries {
    private static final int FULL = 16 * 1024;

    private byte[] held = new byte[2 * FULL];
    private int begin;
    private int end;

    static final class Entry {
        /** The time as the engine wrote it. */
        final String stamp;
        /** Without the time, with the end of its line where it has one. */
        final byte[] payload;

        private Entry(String stamp, byte[] payload) {
            this.stamp = stamp;
            this.payload = payload;
        }
    }

    void add(byte[] piece) {
        if (end + piece.length > held.length) {
            int size = end - begin;
            byte[] room = size + piece.length > held.length ? new byte[2 * (size + piece.length)] : held;
            System.arraycopy(held, begin, room, 0, size);
            held = room;
            begin = 0;
            end = size;
        }
        System.arraycopy(piece, 0, held, end, piece.length);
        end += piece.length;
    }

    /** The next that is there in full; null: none. */
    Entry next() {
        int payload = payload();
        int most = Math.min(end, payload + FULL);
        for (int at = payload; at < most; at++) {
            if (held[at] == '\n') {
                return take(payload, at + 1);
            }
        }
        return end - payload >= FULL ? take(payload, payload + FULL) : null;
    }

    /** What is left when nothing more comes; null: nothing. */
    Entry rest() {
        int payload = payload();
        return payload < end ? take(payload, end) : null;
    }

    /** Where what was written begins; the end where the time is not there in full. */
    private int payload() {
        int at = begin;
        while (at < end && held[at] != ' ') {
            at++;
        }
        return Math.min(end, at + 1);
    }

    private Entry take(int payload, int until) {
        String stamp = new String(held, begin, payload - 1 - begin, StandardCharsets.US_ASCII);
        var entry = new Entry(stamp, Arrays.copyOfRange(held, payload, until));
        begin = until;
        return entry;
    }
}
