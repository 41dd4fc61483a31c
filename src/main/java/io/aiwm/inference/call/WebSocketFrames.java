package io.aiwm.inference.call;

import io.vertx.core.buffer.Buffer;

/**
 * One direction of a WebSocket, read only to tell messages from control frames (RFC 6455, 5.2): pings keep a connection open on which
 * nothing is said.
 */
final class WebSocketFrames {
    private static final int LONGEST_HEAD = 14;
    private static final int FIRST_CONTROL_OPCODE = 8;

    private final byte[] head = new byte[LONGEST_HEAD];
    private int headBytes;
    /** Bytes of the frame that are still to come. */
    private long left;

    private boolean message;

    /** Whether a part of a message is in it. @param piece what comes next */
    boolean hasMessage(Buffer piece) {
        boolean found = false;
        int at = 0;
        while (at < piece.length()) {
            if (left > 0) {
                int taken = (int) Math.min(left, piece.length() - at);
                left -= taken;
                at += taken;
                found |= message;
            } else {
                head[headBytes++] = piece.getByte(at++);
                if (headBytes >= 2 && headBytes == headLength()) {
                    message = (head[0] & 0xF) < FIRST_CONTROL_OPCODE;
                    left = payloadLength();
                    headBytes = 0;
                    found |= message;
                }
            }
        }
        return found;
    }

    private int headLength() {
        return 2 + lengthBytes() + ((head[1] & 0x80) == 0 ? 0 : 4);
    }

    private int lengthBytes() {
        return switch (head[1] & 0x7F) {
            case 126 -> 2;
            case 127 -> 8;
            default -> 0;
        };
    }

    private long payloadLength() {
        int bytes = lengthBytes();
        if (bytes == 0) {
            return head[1] & 0x7F;
        }
        long length = 0;
        for (int i = 0; i < bytes; i++) {
            length = (length << 8) | (head[2 + i] & 0xFF);
        }
        return length < 0 ? Long.MAX_VALUE : length; // no sender may say so; what follows cannot be read
    }
}
