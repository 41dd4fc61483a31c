package io.aiwm.controller.http;

import io.vertx.core.buffer.Buffer;

/** A body as its pieces come, however small they are: each byte is copied a few times at most. */
final class Body {
    private static final Buffer EMPTY = Buffer.buffer();

    private Buffer bytes = EMPTY;
    private boolean ours;

    int length() {
        return bytes.length();
    }

    void add(Buffer piece) {
        if (bytes.length() == 0) {
            bytes = piece;
            ours = false;
            return;
        }
        if (!ours) {
            // the first piece may be a view of the socket's buffer that must not be appended to
            bytes = Buffer.buffer(2 * (bytes.length() + piece.length())).appendBuffer(bytes);
            ours = true;
        }
        // grows to twice its size when it is full
        bytes.appendBuffer(piece);
    }

    Buffer bytes() {
        return bytes;
    }

    /** Lets go of what was there. */
    void clear() {
        bytes = EMPTY;
        ours = false;
    }
}
