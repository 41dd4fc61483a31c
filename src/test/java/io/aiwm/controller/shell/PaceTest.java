package io.aiwm.controller.shell;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PaceTest {
    private static final long SECOND = 1_000_000_000;

    @Test
    void what_is_not_used_is_kept_for_one_second() {
        var pace = new Pace(1_000, 0);
        assertThat(pace.take(5_000, 0)).isEqualTo(1_000);
        assertThat(pace.take(5_000, 0)).isZero();
        assertThat(pace.waitMillis()).isEqualTo(1);
        assertThat(pace.take(5_000, SECOND / 4)).isEqualTo(250);
        assertThat(pace.take(100, 10 * SECOND)).isEqualTo(100);
        assertThat(pace.take(5_000, 10 * SECOND)).isEqualTo(900);
    }

    @Test
    void what_has_passed_is_waited_for() {
        var pace = new Pace(1_000, 0);
        pace.passed(3_000, 0);
        assertThat(pace.waitMillis()).isEqualTo(2_001);
        assertThat(pace.take(1, 2 * SECOND)).isZero();
        assertThat(pace.take(10, 3 * SECOND)).isEqualTo(10);
        assertThat(pace.waitMillis()).isZero();
    }
}
