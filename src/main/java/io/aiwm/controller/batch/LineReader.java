package io.aiwm.controller.batch;

import io.aiwm.controller.objects.ObjectContent;
import io.aiwm.controller.objects.ObjectStore;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;

/**
 * Reads the lines of an object, a window of it at a time. Between two windows nothing of the store is held open, however long its reader
 * waits. Not thread-safe.
 */
final class LineReader {
    static final int WINDOW = 256 * 1024;
    /** Of a line; the rest of a longer one is left out. */
    static final int MOST_BYTES = 4 << 20;

    private final ObjectStore objects;
    private final String key;
    private Buffer window = Buffer.buffer();
    private int at;
    private long offset;
    private boolean whole;
    private int number;
    /** What is there of a line whose end is not. */
    private Buffer begun = Buffer.buffer();

    private boolean tooLong;

    LineReader(ObjectStore objects, String key) {
        this.objects = objects;
        this.key = key;
    }

    /**
     * @param number from 1; empty lines count
     * @param tooLong whether it has more than {@link #MOST_BYTES}; its bytes are left out then
     */
    record Line(int number, Buffer bytes, boolean tooLong) {}

    /** Whether there is nothing left. */
    boolean isAtEnd() {
        return whole && at >= window.length() && begun.length() == 0 && !tooLong;
    }

    /** The next line that is not empty; null: it has not come yet, or there is none. */
    Line poll() {
        while (at < window.length()) {
            int end = lineEnd();
            add(window.slice(at, end));
            at = end + 1;
            Line line = end < window.length() ? taken() : null;
            if (line != null) {
                return line;
            }
        }
        return whole && (begun.length() > 0 || tooLong) ? taken() : null;
    }

    /** Of what is at hand; the length of the window where the line goes on. */
    private int lineEnd() {
        int end = at;
        while (end < window.length() && window.getByte(end) != '\n') {
            end++;
        }
        return end;
    }

    private void add(Buffer piece) {
        if (begun.length() + piece.length() > MOST_BYTES) {
            tooLong = true;
            begun = Buffer.buffer();
        } else if (!tooLong) {
            begun.appendBuffer(piece);
        }
    }

    private Line taken() {
        number++;
        Buffer bytes = begun;
        boolean cut = tooLong;
        begun = Buffer.buffer();
        tooLong = false;
        return cut || !isBlank(bytes) ? new Line(number, bytes, cut) : null;
    }

    private static boolean isBlank(Buffer line) {
        for (int i = 0; i < line.length(); i++) {
            if (line.getByte(i) > ' ' || line.getByte(i) < 0) {
                return false;
            }
        }
        return true;
    }

    /** Reads on; to be called when {@link #poll} has given all that there is. */
    Future<Void> fill() {
        return objects.get(key, offset, WINDOW).compose(content -> read(content));
    }

    private Future<Void> read(ObjectContent content) {
        return content.whole().map(read -> {
            window = read;
            at = 0;
            offset += read.length();
            whole = offset >= content.sizeBytes();
            return null;
        });
    }
}
