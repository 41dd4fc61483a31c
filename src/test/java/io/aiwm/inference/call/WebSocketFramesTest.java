package io.aiwm.inference.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketFramesTest {
    private static final int TEXT = 0x81;
    private static final int CONTINUED = 0x80;
    private static final int PING = 0x89;
    private static final int PONG = 0x8A;

    private static Buffer frame(int first, int length, boolean masked) {
        int mask = masked ? 0x80 : 0;
        Buffer frame = Buffer.buffer().appendByte((byte) first);
        if (length < 126) {
            frame.appendByte((byte) (mask | length));
        } else if (length < 1 << 16) {
            frame.appendByte((byte) (mask | 126)).appendUnsignedShort(length);
        } else {
            frame.appendByte((byte) (mask | 127)).appendLong(length);
        }
        // bytes that would be the head of a text frame, were they read as one
        return frame.appendBytes(new byte[masked ? 4 : 0])
                .appendBytes("\u0001".repeat(length).getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 1_000_000})
    void messages_are_told_from_pings_however_the_bytes_come(int step) {
        Buffer pings = Buffer.buffer();
        for (int length : new int[] {0, 1, 125}) {
            pings.appendBuffer(frame(PING, length, true)).appendBuffer(frame(PONG, length, false));
        }
        var frames = new WebSocketFrames();
        assertThat(messages(frames, pings, step)).isZero();
        for (int length : new int[] {0, 1, 125, 126, 70_000}) {
            assertThat(messages(frames, frame(TEXT, length, true), step)).isPositive();
            assertThat(messages(frames, pings, step)).isZero();
            assertThat(messages(frames, frame(CONTINUED, length, false), step)).isPositive();
            assertThat(messages(frames, pings, step)).isZero();
        }
    }

    private static int messages(WebSocketFrames frames, Buffer bytes, int step) {
        int found = 0;
        for (int at = 0; at < bytes.length(); at += step) {
            found += frames.hasMessage(bytes.slice(at, Math.min(bytes.length(), at + step))) ? 1 : 0;
        }
        return found;
    }

    @Test
    void each_piece_of_a_long_message_is_a_part_of_it() {
        var frames = new WebSocketFrames();
        assertThat(messages(frames, frame(TEXT, 70_000, true), 1_000)).isEqualTo(71);
    }
}
