package io.aiwm.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ByteRateTest {
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final ByteRate rate = new ByteRate(now::get);

    private void after(Duration passed, long bytes) {
        now.addAndGet(passed.toNanos());
        rate.came(bytes);
    }

    @Test
    void it_is_not_known_before_two_pieces_came() {
        assertThat(rate.perSecond()).isZero();
        rate.came(100);
        assertThat(rate.perSecond()).isZero();
        after(Duration.ofSeconds(2), 100);
        assertThat(rate.perSecond()).isEqualTo(50);
    }

    @Test
    void it_is_that_of_the_last_seconds() {
        rate.came(0);
        for (int i = 0; i < 60; i++) {
            after(Duration.ofSeconds(1), 1_000);
        }
        for (int i = 0; i < 20; i++) {
            after(Duration.ofSeconds(1), 10);
        }
        assertThat(rate.perSecond()).isEqualTo(10);
    }

    @Test
    void it_falls_while_nothing_comes() {
        rate.came(0);
        after(Duration.ofSeconds(1), 1_000);
        now.addAndGet(Duration.ofSeconds(9).toNanos());
        assertThat(rate.perSecond()).isEqualTo(100);
    }
}
