package io.aiwm.worker.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class WorkDeadlineTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);

    @Test
    void before_its_moment_it_lets_everything_pass() throws IOException {
        var until = new WorkDeadline(clock, NOW.plusMillis(1));
        assertThatCode(until::check).doesNotThrowAnyException();
        assertThat(until.guard(new ByteArrayInputStream(new byte[3])).readAllBytes())
                .hasSize(3);
    }

    @Test
    void from_its_moment_on_nothing_is_read() {
        var until = new WorkDeadline(clock, NOW.plusMillis(1));
        var in = until.guard(new ByteArrayInputStream(new byte[3]));
        until.notAfter(NOW);
        until.notAfter(NOW.plusSeconds(1));
        assertThat(catchThrowableOfType(CommandFailure.class, until::check)
                        .error
                        .category())
                .isEqualTo(ErrorCategory.TIMEOUT);
        assertThat(catchThrowableOfType(CommandFailure.class, in::read)).isNotNull();
        assertThat(catchThrowableOfType(CommandFailure.class, () -> in.skip(1))).isNotNull();
        assertThat(catchThrowableOfType(CommandFailure.class, in::readAllBytes)).isNotNull();
        until.change(NOW.plusSeconds(1));
        assertThatCode(until::check).doesNotThrowAnyException();
    }

    /** A stream that cannot seek reads what it skips: an entry of terabytes is one call. */
    @Test
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void what_is_skipped_looks_at_the_time_too() {
        var times = new AtomicLong();
        Clock ticking = new Clock() {
            @Override
            public ZoneOffset getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return NOW.plusMillis(times.incrementAndGet());
            }
        };
        var endless = new WorkDeadline(ticking, NOW.plusMillis(10)).guard(new InputStream() {
            @Override
            public int read() {
                return 0;
            }

            @Override
            public int read(byte[] into, int at, int length) {
                return length;
            }
        });
        assertThat(catchThrowableOfType(CommandFailure.class, () -> endless.skipNBytes(Long.MAX_VALUE)))
                .isNotNull();
    }

    @Test
    @Timeout(20)
    void work_that_cannot_look_at_the_time_is_not_waited_for() {
        Vertx vertx = Vertx.vertx();
        try {
            var over = new WorkDeadline(clock, NOW.minusSeconds(60)).limit(vertx, Future.future(never -> {}));
            assertThat(catchThrowableOfType(CommandFailure.class, over::await)
                            .error
                            .category())
                    .isEqualTo(ErrorCategory.TIMEOUT);
            assertThat(new WorkDeadline(clock, NOW.plusSeconds(60))
                            .limit(vertx, Future.succeededFuture("done"))
                            .await())
                    .isEqualTo("done");
        } finally {
            vertx.close().await();
        }
    }
}
