package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PacedBodyTest {
    private long nanos = 7;
    private final Source source = new Source();
    private final PacedBody body = new PacedBody(source, () -> nanos);
    private int heard;

    /** Hands on what the test says. */
    private static final class Source implements ReadStream<Buffer> {
        private Handler<Buffer> handler;
        private Handler<Void> end;

        @Override
        public Source handler(Handler<Buffer> to) {
            handler = to;
            return this;
        }

        @Override
        public Source endHandler(Handler<Void> to) {
            end = to;
            return this;
        }

        @Override
        public Source exceptionHandler(Handler<Throwable> to) {
            return this;
        }

        @Override
        public Source pause() {
            return this;
        }

        @Override
        public Source resume() {
            return this;
        }

        @Override
        public Source fetch(long amount) {
            return this;
        }
    }

    private boolean slowAfter(int seconds, int bytesEach) {
        boolean slow = false;
        for (int i = 0; i < seconds; i++) {
            nanos += Duration.ofSeconds(1).toNanos();
            if (bytesEach > 0) {
                source.handler.handle(Buffer.buffer(new byte[bytesEach]));
            }
            slow |= body.isTooSlow();
        }
        return slow;
    }

    private void read() {
        body.pause();
        body.handler(piece -> heard += piece.length());
        body.endHandler(end -> {});
        body.resume();
    }

    @Test
    void one_byte_a_second_is_too_slow_after_half_a_minute() {
        read();
        assertThat(slowAfter(29, 1)).isFalse();
        assertThat(slowAfter(1, 1)).isTrue();
        assertThat(heard).isEqualTo(30);
    }

    @Test
    void a_slow_line_is_not_and_neither_is_one_that_becomes_silent_for_a_while() {
        read();
        assertThat(slowAfter(300, 300)).isFalse();
        assertThat(slowAfter(29, 0)).isFalse();
        assertThat(slowAfter(1, 9_000)).isFalse();
        assertThat(slowAfter(60, 0)).isTrue();
    }

    @Test
    void what_nobody_reads_is_not_its_senders_fault() {
        read();
        slowAfter(29, 0);
        body.pause();
        assertThat(slowAfter(300, 0)).isFalse();
        body.resume();
        assertThat(slowAfter(29, 0)).isFalse();
        assertThat(slowAfter(1, 0)).isTrue();
    }

    @Test
    void what_has_ended_is_not_slow() {
        read();
        source.end.handle(null);
        assertThat(slowAfter(60, 0)).isFalse();
    }
}
