package io.aiwm.controller.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class LoginLimiterTest {
    private Instant now = Instant.parse("2026-11-21T10:00:00Z");
    private final LoginLimiter limiter = new LoginLimiter(() -> now);

    @Test
    void after_ten_failures_a_caller_waits_a_minute_and_others_do_not() {
        for (int i = 0; i < LoginLimiter.MAX_FAILURES; i++) {
            assertThat(limiter.allows("admin\n::1")).isTrue();
            limiter.count("admin\n::1");
        }
        assertThat(limiter.allows("admin\n::1")).isFalse();
        assertThat(limiter.allows("admin\n10.0.0.1")).isTrue();
        now = now.plusSeconds(61);
        assertThat(limiter.allows("admin\n::1")).isTrue();
    }

    @Test
    void a_good_login_forgets_the_failures() {
        for (int i = 0; i < LoginLimiter.MAX_FAILURES; i++) {
            limiter.count("a");
        }
        limiter.forget("a");
        assertThat(limiter.allows("a")).isTrue();
    }
}
