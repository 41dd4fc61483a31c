package io.aiwm.worker.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.CommandFailure;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class UntilTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);

    @Test
    void before_its_moment_it_lets_everything_pass() throws IOException {
        var until = new Until(clock, NOW.plusMillis(1));
        assertThatCode(until::check).doesNotThrowAnyException();
        assertThat(until.guard(new ByteArrayInputStream(new byte[3])).readAllBytes())
                .hasSize(3);
    }

    @Test
    void from_its_moment_on_nothing_is_read() {
        var until = new Until(clock, NOW.plusMillis(1));
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
}
