package io.aiwm.inference.limit;

import static io.aiwm.inference.limit.LimitRefusals.error;
import static io.aiwm.inference.limit.LimiterFleet.budget;
import static io.aiwm.inference.limit.LimiterFleet.caller;
import static io.aiwm.inference.limit.LimiterFleet.concurrent;
import static io.aiwm.inference.limit.LimiterFleet.passed;
import static io.aiwm.inference.limit.LimiterFleet.requests;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.inference.Caller;
import io.aiwm.inference.limit.Limiter.Reservation;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Gateways that share the limits of one ledger, also when it does not answer. */
@Timeout(60)
class SharedBudgetTest {
    @Test
    void three_gateways_share_a_budget_exactly_whatever_the_network_does() {
        for (long seed = 0; seed < 30; seed++) {
            var fleet = new LimiterFleet(3, seed);
            fleet.delays = true;
            var random = new Random(seed);
            var calls = new ArrayList<Future<Reservation>>();
            for (int i = 0; i < 1_000; i++) {
                calls.add(fleet.limiters.get(random.nextInt(3)).reserve(caller(budget(5_000)), 10));
                if (random.nextInt(50) == 0) {
                    fleet.pass(100);
                }
            }
            fleet.pass(3_000);
            assertThat(passed(calls)).as("seed " + seed).isEqualTo(500);
            assertThat(calls).allMatch(Future::isComplete);
        }
    }

    /** The model: what has passed, what was used, and that nothing is lost or made by a lost message. */
    @Test
    void leases_keep_to_the_model_by_chance() {
        for (long seed = 0; seed < 200; seed++) {
            var random = new Random(seed);
            var fleet = new LimiterFleet(1 + random.nextInt(4), seed);
            fleet.delays = true;
            fleet.lost = random.nextInt(3) * 10;
            fleet.gateways = Integer.MAX_VALUE; // without the ledger they have no share, so that all stays exact
            long limit = 1L + random.nextInt(3_000);
            var ada = caller(budget(limit));
            long[] used = {0};
            long[] open = {0};
            for (int step = 0; step < 300; step++) {
                long estimate = 1L + random.nextInt(60);
                long actual = random.nextInt((int) estimate + 1);
                fleet.limiters
                        .get(random.nextInt(fleet.limiters.size()))
                        .reserve(ada, estimate)
                        .onSuccess(reserved -> {
                            long held = Math.min(estimate, limit);
                            open[0] += held;
                            assertThat(used[0] + open[0]).isLessThanOrEqualTo(limit);
                            if (random.nextBoolean()) {
                                open[0] -= held;
                                used[0] += Math.min(actual, held);
                                reserved.settle(Math.min(actual, held));
                            }
                        });
                if (random.nextInt(10) == 0) {
                    fleet.pass(random.nextInt(1_500));
                }
            }
            fleet.lost = 0;
            fleet.pass(8_000);
            var last = fleet.limiters.get(0).reserve(ada, Math.max(1, limit - used[0] - open[0]));
            fleet.pass(2_000);
            assertThat(last.succeeded())
                    .as("seed %d: of %d, %d used, %d held", seed, limit, used[0], open[0])
                    .isEqualTo(limit - used[0] - open[0] > 0);
        }
    }

    @Test
    void a_gateway_that_closes_gives_all_back_also_of_more_limits_than_one_exchange_takes() {
        var fleet = new LimiterFleet(2, 1);
        int callers = Allowances.MOST_REPORTS * 2 + 1;
        for (int i = 0; i < callers; i++) {
            var one = new Caller("k" + i, "ada", null, budget(100), KeyLimits.NONE);
            fleet.limiters.get(0).reserve(one, 100).result().settle(40);
        }
        assertThat(fleet.limiters.remove(0).close().succeeded()).isTrue();
        for (int i = 0; i < callers; i++) {
            var one = new Caller("k" + i, "ada", null, budget(100), KeyLimits.NONE);
            assertThat(fleet.limiters.get(0).reserve(one, 60).succeeded())
                    .as("caller " + i)
                    .isTrue();
        }
    }

    @Test
    void what_one_gateway_does_not_use_is_free_for_another_within_a_second() {
        var fleet = new LimiterFleet(2, 1);
        var ada = caller(requests(100));
        for (int i = 0; i < 60; i++) {
            assertThat(fleet.limiters.get(0).reserve(ada, 1).succeeded()).isTrue();
        }
        var others = new ArrayList<Future<Reservation>>();
        for (int i = 0; i < 50; i++) {
            others.add(fleet.limiters.get(1).reserve(ada, 1));
        }
        fleet.pass(1_000);
        assertThat(passed(others)).isEqualTo(40);
        assertThat(others).allMatch(Future::isComplete);
    }

    @Test
    void places_come_back_with_the_end_of_the_call_and_those_of_a_dead_gateway_after_30_seconds() {
        var fleet = new LimiterFleet(2, 1);
        var ada = caller(concurrent(2));
        var first = fleet.limiters.get(0).reserve(ada, 1);
        var second = fleet.limiters.get(1).reserve(ada, 1);
        assertThat(passed(List.of(first, second))).isEqualTo(2);
        var third = fleet.limiters.get(0).reserve(ada, 1);
        fleet.pass(1_000);
        assertThat(error(third).code()).isEqualTo("rate_limit_exceeded");
        first.result().settle(0);
        assertThat(fleet.limiters.get(0).reserve(ada, 1).succeeded()).isTrue();

        fleet.limiters.remove(1);
        fleet.pass(20_000);
        var early = fleet.limiters.get(0).reserve(ada, 1);
        fleet.pass(1_000);
        assertThat(early.failed()).isTrue();
        fleet.pass(15_000);
        assertThat(fleet.limiters.get(0).reserve(ada, 1).succeeded()).isTrue();
    }

    @Test
    void without_the_ledger_each_goes_on_with_its_share_and_what_it_used_counts_afterwards() {
        var fleet = new LimiterFleet(4, 1);
        fleet.away = true;
        var ada = caller(budget(400));
        var calls = new ArrayList<Future<Reservation>>();
        for (int i = 0; i < 200; i++) {
            calls.add(fleet.limiters.get(0).reserve(ada, 1));
        }
        assertThat(calls).as("it waits for the ledger first").noneMatch(Future::isComplete);
        fleet.pass(1_500);
        assertThat(passed(calls)).isEqualTo(100);
        assertThat(calls).allMatch(Future::isComplete);
        calls.stream().filter(Future::succeeded).forEach(call -> call.result().settle(1));
        fleet.away = false;
        fleet.pass(3_000);
        var rest = new ArrayList<Future<Reservation>>();
        for (int i = 0; i < 400; i++) {
            rest.add(fleet.limiters.get(1).reserve(ada, 1));
        }
        fleet.pass(1_000);
        assertThat(passed(rest)).isEqualTo(300);
    }

    @Test
    void what_a_gateway_used_before_it_was_silent_for_minutes_counts_once() {
        var fleet = new LimiterFleet(2, 1);
        var ada = caller(budget(1_000));
        LocalLimiter silent = fleet.limiters.get(0);
        silent.reserve(ada, 300).result().settle(300);
        fleet.pass(2_000);
        fleet.limiters.remove(0); // it lives, and nobody hears it
        LocalLimiter other = fleet.limiters.get(0);
        for (int i = 0; i < 60; i++) {
            other.reserve(ada, 1).result().settle(0);
            fleet.pass(2_000);
        }
        fleet.limiters.add(silent);
        silent.reserve(ada, 1).onSuccess(reserved -> reserved.settle(0));
        fleet.pass(3_000);
        var rest = new ArrayList<Future<Reservation>>();
        for (int i = 0; i < 1_000; i++) {
            rest.add(other.reserve(ada, 1));
        }
        fleet.pass(2_000);
        assertThat(passed(rest)).isEqualTo(700);
    }
}
