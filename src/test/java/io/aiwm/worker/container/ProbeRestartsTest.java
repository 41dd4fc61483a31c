package io.aiwm.worker.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class ProbeRestartsTest {
    private final ProbeRestarts restarts = new ProbeRestarts();
    private long now = -3;

    private void after(Duration time) {
        now += time.toNanos();
    }

    @Test
    void the_first_is_at_once_and_the_pause_doubles_up_to_the_longest() {
        var pauses = new ArrayList<Long>();
        for (int i = 0; i < 8; i++) {
            long seconds = 0;
            while (!restarts.may(now)) {
                after(Duration.ofSeconds(1));
                seconds++;
            }
            restarts.done(now);
            pauses.add(seconds);
        }
        assertThat(pauses).containsExactly(0L, 10L, 20L, 40L, 80L, 160L, 300L, 300L);
    }

    @Test
    void one_that_ran_long_enough_since_begins_anew() {
        for (int i = 0; i < 4; i++) {
            restarts.done(now);
        }
        after(ProbeRestarts.CALM);
        assertThat(restarts.may(now)).isTrue();
        restarts.done(now);
        after(Duration.ofSeconds(9));
        assertThat(restarts.may(now)).isFalse();
        after(Duration.ofSeconds(1));
        assertThat(restarts.may(now)).isTrue();
    }
}
