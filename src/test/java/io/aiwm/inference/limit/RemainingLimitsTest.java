package io.aiwm.inference.limit;

import static io.aiwm.inference.limit.LimiterFleet.caller;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.inference.GatewayError;
import org.junit.jupiter.api.Test;

class RemainingLimitsTest {
    @Test
    void of_a_refused_call_the_limit_that_refuses_it_is_told_though_less_is_left_of_another() {
        var limiter = new LimiterFleet(1, 1).limiters.get(0);
        var ada =
                caller(new KeyLimits(null, 10, null, null, new KeyLimits.TokenBudget(100, KeyLimits.Period.DAY), null));
        for (int i = 0; i < 9; i++) {
            limiter.reserve(ada, 1);
        }
        Throwable refused = limiter.reserve(ada, 95).cause();
        assertThat(((GatewayError.Refused) refused).error.headers())
                .containsExactly(
                        "RateLimit-Limit",
                        "100",
                        "RateLimit-Remaining",
                        "91",
                        "RateLimit-Reset",
                        "50400",
                        "x-ratelimit-limit-requests",
                        "10",
                        "x-ratelimit-remaining-requests",
                        "1",
                        "x-ratelimit-reset-requests",
                        "60s",
                        "x-ratelimit-limit-tokens",
                        "100",
                        "x-ratelimit-remaining-tokens",
                        "91",
                        "x-ratelimit-reset-tokens",
                        "50400s");
    }
}
