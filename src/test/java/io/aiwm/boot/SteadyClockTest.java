package io.aiwm.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class SteadyClockTest {
    private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");

    private Instant wall = T0;
    private long nanos = -5;
    private final SteadyClock clock = new SteadyClock(() -> wall, () -> nanos);

    private void passes(Duration time) {
        nanos += time.toNanos();
        wall = wall.plus(time);
    }

    @Test
    void it_shows_the_time_of_day_while_nobody_sets_it() {
        passes(Duration.ofDays(30));
        assertThat(clock.instant()).isEqualTo(T0.plus(Duration.ofDays(30)));
        assertThat(clock.wallAhead()).isZero();
    }

    @Test
    void who_sets_the_time_of_day_does_not_make_time_pass() {
        for (int hours : new int[] {1, -1, -1}) {
            Instant before = clock.instant();
            wall = wall.plus(Duration.ofHours(hours));
            assertThat(clock.instant()).as("%s h", hours).isEqualTo(before);
        }
        assertThat(clock.wallAhead()).isEqualTo(Duration.ofHours(-1));
    }

    @Test
    void it_follows_by_one_second_in_a_hundred_and_never_goes_back() {
        wall = wall.plus(Duration.ofHours(1));
        passes(Duration.ofSeconds(100));
        assertThat(clock.instant()).isEqualTo(T0.plusSeconds(101));
        wall = wall.minus(Duration.ofHours(2));
        Instant before = clock.instant();
        passes(Duration.ofSeconds(100));
        assertThat(clock.instant()).isEqualTo(before.plusSeconds(99));
        for (int i = 0; i < 4; i++) {
            passes(Duration.ofHours(30));
            clock.instant();
        }
        assertThat(clock.instant()).isEqualTo(wall);
    }
}
