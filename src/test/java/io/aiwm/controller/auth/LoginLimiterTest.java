package io.aiwm.controller.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LoginLimiterTest {
    private long nanos = -5;
    private final LoginLimiter limiter = new LoginLimiter(() -> nanos);

    private void pass(int seconds) {
        nanos += Duration.ofSeconds(seconds).toNanos();
    }

    private void fail(String name, String place, int times) {
        for (int i = 0; i < times; i++) {
            limiter.count(name, place);
        }
    }

    @Test
    void after_ten_failures_a_caller_waits_a_minute_and_others_do_not() {
        for (int i = 0; i < LoginLimiter.MAX_FAILURES; i++) {
            assertThat(limiter.untilAllowed("admin", "::1")).isZero();
            limiter.count("admin", "::1");
        }
        assertThat(limiter.untilAllowed("admin", "::1")).isEqualTo(Duration.ofSeconds(61));
        assertThat(limiter.untilAllowed("admin", "10.0.0.1")).isZero();
        assertThat(limiter.untilAllowed("ada", "::1")).isZero();
        pass(40);
        assertThat(limiter.untilAllowed("admin", "::1")).isEqualTo(Duration.ofSeconds(21));
        pass(21);
        assertThat(limiter.untilAllowed("admin", "::1")).isZero();
    }

    @Test
    void a_good_login_forgets_the_failures_of_its_name_alone() {
        fail("a", "here", LoginLimiter.MAX_FAILURES);
        limiter.succeeded("a", "here");
        assertThat(limiter.untilAllowed("a", "here")).isZero();
        // ten less the one that was none
        fail("b", "here", LoginLimiter.MAX_FAILURES);
        fail("c", "here", LoginLimiter.MAX_FAILURES);
        assertThat(limiter.untilAllowed("d", "here")).isZero();
        fail("d", "here", 1);
        assertThat(limiter.untilAllowed("e", "here")).isPositive();
    }

    @Test
    void names_that_somebody_invents_have_no_limit_forgotten() {
        fail("admin", "10.0.0.1", LoginLimiter.MAX_FAILURES);
        for (int i = 0; i < 26_000; i++) {
            limiter.count("nobody" + i, "10.0.0.2");
        }
        assertThat(limiter.untilAllowed("admin", "10.0.0.1")).isPositive();
    }

    @Test
    void one_password_tried_on_many_names_from_one_place_is_limited() {
        for (int i = 0; i < LoginLimiter.MAX_OF_PLACE; i++) {
            assertThat(limiter.untilAllowed("user" + i, "10.0.0.1")).isZero();
            limiter.count("user" + i, "10.0.0.1");
        }
        assertThat(limiter.untilAllowed("user45", "10.0.0.1")).isEqualTo(Duration.ofSeconds(61));
        assertThat(limiter.untilAllowed("user45", "10.0.0.2")).isZero();
    }

    @Test
    void who_has_signed_in_from_there_is_not_kept_out_by_what_others_do_there() {
        limiter.count("ada", "proxy");
        limiter.succeeded("ada", "proxy");
        fail("x", "proxy", 100);
        assertThat(limiter.untilAllowed("ada", "proxy")).isZero();
        assertThat(limiter.untilAllowed("bob", "proxy")).isPositive();
        fail("ada", "proxy", LoginLimiter.MAX_FAILURES);
        assertThat(limiter.untilAllowed("ada", "proxy")).isPositive();
    }

    @Test
    void what_was_not_looked_at_does_not_count() {
        fail("ada", "here", LoginLimiter.MAX_FAILURES);
        limiter.takeBack("ada", "here");
        assertThat(limiter.untilAllowed("ada", "here")).isZero();
    }

    @Test
    void a_place_is_an_address_or_what_one_host_has_all_of() {
        assertThat(Origin.of("10.0.0.1")).isEqualTo("10.0.0.1");
        assertThat(Origin.of("2001:db8:1:2::5")).isEqualTo(Origin.of("2001:0db8:0001:0002:ffff:0:0:1"));
        assertThat(Origin.of("2001:db8:1:2::5")).isNotEqualTo(Origin.of("2001:db8:1:3::5"));
        assertThat(Origin.of("::ffff:10.0.0.1")).isEqualTo("10.0.0.1");
        assertThat(Origin.of("no:address")).isEqualTo("no:address");
    }
}
