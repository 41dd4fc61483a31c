package io.aiwm.inference.balance;

import static io.aiwm.inference.balance.TurnedBalancer.ask;
import static io.aiwm.inference.balance.TurnedBalancer.deployed;
import static io.aiwm.inference.balance.TurnedBalancer.error;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.inference.balance.Place.Outcome;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Calls that wait for a place: turns, priorities, and a queue that is full. */
class BalancerQueueTest {
    @Test
    void callers_take_turns() {
        var turned = TurnedBalancer.of(1, "r1");
        Place place = turned.place(ask("first"));
        var order = new ArrayList<String>();
        var places = new ArrayList<Place>();
        for (String caller : List.of("a", "a", "a", "a", "b", "b", "c")) {
            turned.balancer.acquire(ask(caller)).onSuccess(got -> {
                order.add(caller);
                places.add(got);
            });
        }
        assertThat(turned.balancer.waiting()).isEqualTo(7);
        turned.pass(250);
        place.end(Outcome.SUCCEEDED);
        for (int i = 0; i < 6; i++) {
            places.get(i).end(Outcome.SUCCEEDED);
        }
        assertThat(order).containsExactly("a", "b", "c", "a", "b", "a", "a");
        assertThat(places.get(0).waitedMillis()).isEqualTo(250);
    }

    @Test
    void a_larger_priority_comes_first_and_a_smaller_one_does_not_starve() {
        var turned = TurnedBalancer.of(1, "r1");
        Place place = turned.place(ask("x"));
        var order = new ArrayList<String>();
        var last = new Place[1];
        turned.balancer.acquire(ask("low", -5)).onSuccess(got -> {
            order.add("low");
            last[0] = got;
        });
        for (int i = 0; i < 20; i++) {
            turned.balancer.acquire(ask("high", 5)).onSuccess(got -> {
                order.add("high");
                last[0] = got;
            });
        }
        place.end(Outcome.SUCCEEDED);
        for (int i = 0; i < 20; i++) {
            last[0].end(Outcome.SUCCEEDED);
        }
        assertThat(order).hasSize(21);
        assertThat(order.indexOf("low")).isEqualTo(FairQueue.PATIENCE);
    }

    @Test
    void who_waits_too_long_is_told_and_his_place_in_the_queue_is_free() {
        var turned = TurnedBalancer.of(1, "r1");
        Place place = turned.place(ask("a"));
        Future<Place> waiter = turned.balancer.acquire(ask("a"));
        turned.pass(9_999);
        assertThat(waiter.isComplete()).isFalse();
        turned.pass(1);
        assertThat(error(waiter).code()).isEqualTo("queue_timeout");
        assertThat(error(waiter).status()).isEqualTo(504);
        assertThat(turned.balancer.waiting()).isZero();
        place.end(Outcome.SUCCEEDED);
        assertThat(turned.balancer.inFlight()).isZero();
    }

    @Test
    void a_full_queue_refuses_and_says_when_to_come_again() {
        var turned = new TurnedBalancer(BalanceRules.DEFAULT, 1);
        turned.balancer.update(deployed(1, 20, false, "r1"));
        for (int i = 0; i < 20; i++) { // one a second
            turned.on(ask("a"));
            turned.pass(500);
        }
        turned.place(ask("a"));
        for (int i = 0; i < 20; i++) {
            assertThat(turned.balancer.acquire(ask("a")).isComplete()).isFalse();
        }
        var error = error(turned.balancer.acquire(ask("a")));
        assertThat(error.status()).isEqualTo(429);
        assertThat(error.code()).isEqualTo("queue_full");
        assertThat(error.retryAfterSeconds()).isBetween(10L, 12L); // 21 calls at two a second
    }

    @Test
    void a_model_without_a_replica_is_refused_with_its_state_and_the_reason() {
        var turned = TurnedBalancer.of(1);
        var error = error(turned.balancer.acquire(ask("a")));
        assertThat(error.status()).isEqualTo(503);
        assertThat(error.code()).isEqualTo("model_not_ready");
        assertThat(error.message()).contains("tiny", "deploying", "pulls its image");
        assertThat(turned.woken).isEmpty();
    }

    @Test
    void on_demand_a_call_wakes_it_and_waits() {
        var turned = new TurnedBalancer(BalanceRules.DEFAULT, 1);
        turned.balancer.update(deployed(1, 0, true));
        Future<Place> first = turned.balancer.acquire(ask("a"));
        Future<Place> second = turned.balancer.acquire(ask("b"));
        assertThat(turned.woken).containsExactly("dep_1");
        turned.pass(2_500); // nobody may have heard it
        assertThat(turned.woken).hasSize(3);
        turned.balancer.update(deployed(1, 0, true, "r1"));
        assertThat(first.result().replica().id()).isEqualTo("r1");
        assertThat(second.isComplete()).isFalse();
        first.result().end(Outcome.SUCCEEDED);
        assertThat(second.succeeded()).isTrue();
        turned.pass(5_000);
        assertThat(turned.woken).hasSize(3);
    }

    @Test
    void an_update_keeps_what_stays_serves_who_waits_and_ends_nothing() {
        var turned = TurnedBalancer.of(1, "r1");
        Place old = turned.place(ask("a"));
        Future<Place> waits = turned.balancer.acquire(ask("a"));
        turned.balancer.update(deployed(1, 0, false, "r2"));
        assertThat(waits.result().replica().id()).isEqualTo("r2");
        assertThat(turned.balancer.inFlight()).isEqualTo(2);
        turned.balancer.update(deployed(1, 0, false, "r1", "r2")); // r1 is back, and still has its call
        Future<Place> third = turned.balancer.acquire(ask("a"));
        assertThat(third.isComplete()).isFalse();
        old.end(Outcome.SUCCEEDED);
        old.end(Outcome.SUCCEEDED);
        assertThat(third.result().replica().id()).isEqualTo("r1");
        assertThat(turned.balancer.inFlight()).isEqualTo(2);
        Future<Place> lost = turned.balancer.acquire(ask("a"));
        turned.balancer.update(deployed(1, 0, false));
        assertThat(error(lost).code()).isEqualTo("model_not_ready");
    }
}
