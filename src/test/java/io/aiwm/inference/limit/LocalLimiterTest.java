package io.aiwm.inference.limit;

import static io.aiwm.inference.limit.LimitRefusals.error;
import static io.aiwm.inference.limit.LimiterFleet.budget;
import static io.aiwm.inference.limit.LimiterFleet.caller;
import static io.aiwm.inference.limit.LimiterFleet.passed;
import static io.aiwm.inference.limit.LimiterFleet.requests;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.inference.Caller;
import io.aiwm.inference.GatewayError;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One gateway holds calls to their limits. */
@Timeout(60)
class LocalLimiterTest {
    @Test
    void a_thousand_calls_at_once_against_a_budget_for_500_let_exactly_500_through() throws InterruptedException {
        var fleet = new LimiterFleet(1, 1);
        var limiter = fleet.limiters.get(0);
        var ada = caller(budget(5_000));
        var go = new CountDownLatch(1);
        var passed = new AtomicInteger();
        var refused = new AtomicInteger();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < 1_000; i++) {
            var thread = new Thread(() -> {
                try {
                    go.await();
                } catch (InterruptedException interrupted) {
                    throw new IllegalStateException(interrupted);
                }
                limiter.reserve(ada, 10)
                        .onSuccess(reserved -> {
                            passed.incrementAndGet();
                            reserved.settle(10);
                            reserved.settle(0);
                        })
                        .onFailure(cause -> refused.incrementAndGet());
            });
            thread.start();
            threads.add(thread);
        }
        go.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        fleet.pass(2_000);
        assertThat(passed).hasValue(500);
        assertThat(refused).hasValue(500);
    }

    @Test
    void a_small_call_passes_right_after_one_that_was_too_large() {
        var fleet = new LimiterFleet(1, 1);
        fleet.delays = true; // so that nothing was leased for the small one yet
        var limiter = fleet.limiters.get(0);
        var ada = caller(budget(1_000));
        var first = limiter.reserve(ada, 600);
        fleet.pass(1_000);
        first.result().settle(600);
        fleet.pass(2_000);
        var large = limiter.reserve(ada, 900);
        fleet.pass(100);
        assertThat(error(large).code()).isEqualTo("insufficient_quota");
        var small = limiter.reserve(ada, 10);
        fleet.pass(100);
        assertThat(small.succeeded()).isTrue();
        assertThat(error(limiter.reserve(ada, 900)).code()).isEqualTo("insufficient_quota");
    }

    @Test
    void a_call_that_has_gone_takes_nothing_of_what_comes_free() {
        var fleet = new LimiterFleet(1, 1);
        fleet.delays = true;
        var limiter = fleet.limiters.get(0);
        var ada = caller(requests(1));
        var gone = limiter.reserve(ada, 1);
        var next = limiter.reserve(ada, 1);
        limiter.cancel(gone);
        fleet.pass(1_000);
        assertThat(gone.isComplete()).isFalse();
        assertThat(next.succeeded()).isTrue();
    }

    @Test
    void a_refusal_names_the_limit_and_when_to_come_again_and_the_next_window_is_new() {
        var fleet = new LimiterFleet(1, 1);
        var limiter = fleet.limiters.get(0);
        var ada = caller(requests(2));
        fleet.pass(20_000);
        var first = limiter.reserve(ada, 1).result();
        assertThat(first.headers())
                .containsSequence("RateLimit-Limit", "2", "RateLimit-Remaining", "1", "RateLimit-Reset", "40")
                .containsSequence("x-ratelimit-limit-requests", "2", "x-ratelimit-remaining-requests", "1")
                .containsSequence("x-ratelimit-reset-requests", "40s");
        limiter.reserve(ada, 1);
        GatewayError refused = error(limiter.reserve(ada, 1));
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.code()).isEqualTo("rate_limit_exceeded");
        assertThat(refused.message()).contains("2 requests per minute");
        assertThat(refused.retryAfterSeconds()).isEqualTo(40);
        assertThat(refused.headers())
                .containsExactly(
                        "RateLimit-Limit",
                        "2",
                        "RateLimit-Remaining",
                        "0",
                        "RateLimit-Reset",
                        "40",
                        "x-ratelimit-limit-requests",
                        "2",
                        "x-ratelimit-remaining-requests",
                        "0",
                        "x-ratelimit-reset-requests",
                        "40s");
        fleet.pass(40_000);
        assertThat(limiter.reserve(ada, 1).succeeded()).isTrue();
        GatewayError spent = error(limiter.reserve(caller(budget(0)), 1));
        assertThat(spent.code()).isEqualTo("insufficient_quota");
        assertThat(spent.retryAfterSeconds()).isEqualTo(14 * 3_600 - 60);
    }

    @Test
    void the_limit_of_a_team_holds_for_its_keys_together_and_what_was_overdrawn_counts() {
        var fleet = new LimiterFleet(1, 1);
        var limiter = fleet.limiters.get(0);
        var one = new Caller("k1", "ada", "blue", KeyLimits.NONE, budget(100));
        var other = new Caller("k2", "bob", "blue", KeyLimits.NONE, budget(100));
        limiter.reserve(one, 10).result().settle(70);
        assertThat(error(limiter.reserve(other, 40)).message()).contains("the team's limit of 100 tokens per day");
        fleet.pass(1_000);
        assertThat(limiter.reserve(other, 30).succeeded()).isTrue();
    }

    @Test
    void callers_without_limits_cost_nothing() {
        var limiter = new LocalLimiter(
                "g",
                (holder, reports) -> {
                    throw new AssertionError("asked");
                },
                () -> {
                    throw new AssertionError("looked at the clock");
                },
                () -> 1);
        assertThat(limiter.reserve(caller(KeyLimits.NONE), 10)).isSameAs(Limiter.UNLIMITED);
    }
}
