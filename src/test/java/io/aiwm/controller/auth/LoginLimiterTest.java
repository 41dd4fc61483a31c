package io.aiwm.controller.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class LoginLimiterTest {
    private Instant now = Instant.parse("2026-11-21T10:00:00Z");
    private final LoginLimiter limiter = new LoginLimiter(() -> now);

    @Test
    void after_ten_failures_a_caller_waits_a_minute_and_others_do_not() {
        for (int i = 0; i < LoginLimiter.MAX_FAILURES; i++) {
            assertThat(limiter.untilAllowed("admin\n::1")).isZero();
            limiter.count("admin\n::1");
        }
        assertThat(limiter.untilAllowed("admin\n::1")).isEqualTo(Duration.ofSeconds(61));
        assertThat(limiter.untilAllowed("admin\n10.0.0.1")).isZero();
        now = now.plusSeconds(40);
        assertThat(limiter.untilAllowed("admin\n::1")).isEqualTo(Duration.ofSeconds(21));
        now = now.plusSeconds(21);
        assertThat(limiter.untilAllowed("admin\n::1")).isZero();
    }

    @Test
    void a_good_login_forgets_the_failures() {
        for (int i = 0; i < LoginLimiter.MAX_FAILURES; i++) {
            limiter.count("a");
        }
        limiter.forget("a");
        assertThat(limiter.untilAllowed("a")).isZero();
    }
}
