package io.aiwm.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RetryAfterTest {
    private static final Instant NOW = Instant.parse("2026-11-28T17:00:00Z");

    private static Duration wait(String header) {
        return RetryAfter.of(header, NOW, Duration.ofHours(1));
    }

    @Test
    void it_is_a_number_of_seconds_or_a_date() {
        assertThat(wait("40")).hasSeconds(40);
        assertThat(wait(" 40 ")).hasSeconds(40);
        assertThat(wait("Sat, 28 Nov 2026 17:00:40 GMT")).hasSeconds(40);
    }

    @Test
    void what_is_long_is_cut_and_what_is_past_or_unreadable_is_no_wait() {
        assertThat(wait("999999999")).isEqualTo(Duration.ofHours(1));
        assertThat(wait("Sat, 28 Nov 2026 23:00:00 GMT")).isEqualTo(Duration.ofHours(1));
        assertThat(wait("Sat, 28 Nov 2026 16:00:00 GMT")).isZero();
        assertThat(wait(null)).isZero();
        assertThat(wait("-5")).isZero();
        assertThat(wait("soon")).isZero();
        assertThat(wait("99999999999999999999")).isZero();
        assertThat(wait("Sat, 31 Feb 2026 17:00:40 GMT")).isZero();
    }
}
