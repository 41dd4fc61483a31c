package io.aiwm.inference.balance;

import static io.aiwm.inference.balance.TurnedBalancer.ask;
import static io.aiwm.inference.balance.TurnedBalancer.deployed;
import static io.aiwm.inference.balance.TurnedBalancer.error;
import static io.aiwm.inference.balance.TurnedBalancer.inSession;
import static io.aiwm.inference.balance.TurnedBalancer.not;
import static io.aiwm.inference.balance.TurnedBalancer.withPrompt;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.inference.balance.Place.Outcome;
import io.aiwm.inference.route.GatewayConfigDeployedBuilder;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which replica takes a call. */
class ReplicaBalancerTest {
    private static final String LONG_PROMPT = "You are a helpful assistant. ".repeat(100);

    private static Map<String, Integer> counts(TurnedBalancer turned, int calls) {
        var counts = new HashMap<String, Integer>();
        for (int i = 0; i < calls; i++) {
            counts.merge(turned.on(ask("a")), 1, Integer::sum);
        }
        return counts;
    }

    private static void fail(TurnedBalancer turned, String replica, int times) {
        for (int i = 0; i < times; ) {
            Place place = turned.place(ask("a"));
            boolean his = place.replica().id().equals(replica);
            place.end(his ? Outcome.FAILED : Outcome.SUCCEEDED);
            i += his ? 1 : 0;
        }
    }

    @Test
    void a_call_goes_to_the_replica_with_the_fewest_and_ties_are_spread() {
        var turned = TurnedBalancer.of(0, "r1", "r2", "r3");
        assertThat(counts(turned, 300).values())
                .allSatisfy(count -> assertThat(count).isBetween(60, 140));
        var held = new ArrayList<String>();
        for (int i = 0; i < 9; i++) {
            held.add(turned.place(ask("a")).replica().id());
        }
        assertThat(held).containsOnly("r1", "r2", "r3");
        assertThat(held.stream().filter("r1"::equals)).hasSize(3);
        assertThat(held.stream().filter("r2"::equals)).hasSize(3);
        assertThat(turned.balancer.inFlight()).isEqualTo(9);
    }

    @Test
    void a_session_stays_with_its_replica_until_that_is_gone() {
        var turned = TurnedBalancer.of(0, "r1", "r2", "r3");
        String first = turned.on(inSession("s"));
        for (int i = 0; i < 20; i++) {
            assertThat(turned.place(inSession("s")).replica().id()).isEqualTo(first);
        }
        String[] others = List.of("r1", "r2", "r3").stream()
                .filter(id -> !id.equals(first))
                .toArray(String[]::new);
        turned.balancer.update(deployed(0, 0, false, others));
        String second = turned.on(inSession("s"));
        assertThat(second).isIn((Object[]) others);
        turned.balancer.update(deployed(0, 0, false, "r1", "r2", "r3"));
        assertThat(turned.on(inSession("s"))).isEqualTo(second);
    }

    @Test
    void a_session_whose_replica_is_full_goes_elsewhere_and_comes_back() {
        var turned = TurnedBalancer.of(1, "r1", "r2");
        Place first = turned.place(inSession("s"));
        Place second = turned.place(inSession("s"));
        assertThat(second.replica().id()).isNotEqualTo(first.replica().id());
        first.end(Outcome.SUCCEEDED);
        second.end(Outcome.SUCCEEDED);
        assertThat(turned.on(inSession("s"))).isEqualTo(first.replica().id());
    }

    @Test
    void an_idle_session_is_forgotten() {
        var rules = BalanceRulesBuilder.builder(BalanceRules.DEFAULT)
                .sessions(1_000)
                .build();
        var turned = new TurnedBalancer(rules, 3);
        turned.balancer.update(deployed(0, 0, false, "r1", "r2"));
        var moved = 0;
        for (int i = 0; i < 50; i++) {
            String before = turned.on(inSession("s" + i));
            turned.pass(rules.sessionLifetime().toMillis() + 1);
            moved += turned.on(inSession("s" + i)).equals(before) ? 0 : 1;
        }
        assertThat(moved).isBetween(10, 40);
    }

    @Test
    void a_prompt_goes_where_its_beginning_was_and_one_that_only_shares_a_little_does_not() {
        var turned = TurnedBalancer.of(0, "r1", "r2", "r3", "r4");
        String first = turned.on(withPrompt(LONG_PROMPT));
        for (int i = 0; i < 20; i++) {
            assertThat(turned.on(withPrompt(LONG_PROMPT + "And now " + i))).isEqualTo(first);
        }
        var others = new HashMap<String, Integer>();
        for (int i = 0; i < 100; i++) {
            others.merge(turned.on(withPrompt(LONG_PROMPT.substring(0, 256) + (i + "x").repeat(500))), 1, Integer::sum);
        }
        assertThat(others).hasSize(4);
    }

    @Test
    void a_prompt_never_goes_to_an_overloaded_replica() {
        var turned = TurnedBalancer.of(0, "r1", "r2");
        String first = turned.place(withPrompt(LONG_PROMPT)).replica().id();
        int slack = BalanceRules.DEFAULT.slack();
        for (int i = 0; i < slack; i++) {
            assertThat(turned.place(withPrompt(LONG_PROMPT)).replica().id()).isEqualTo(first);
        }
        // now it has slack + 1, the other none
        assertThat(turned.place(withPrompt(LONG_PROMPT)).replica().id()).isNotEqualTo(first);
    }

    @Test
    void the_share_of_a_new_replica_grows() {
        var turned = TurnedBalancer.of(0, "r1", "r2");
        turned.balancer.update(deployed(0, 0, false, "r1", "r2", "new"));
        int atOnce = counts(turned, 600).getOrDefault("new", 0);
        turned.pass(BalanceRules.DEFAULT.slowStart().toMillis() / 2);
        int half = counts(turned, 600).getOrDefault("new", 0);
        turned.pass(BalanceRules.DEFAULT.slowStart().toMillis() / 2);
        int full = counts(turned, 600).getOrDefault("new", 0);
        assertThat(atOnce).isLessThan(40);
        assertThat(half).isBetween(50, 150);
        assertThat(full).isBetween(150, 250);
    }

    @Test
    void under_load_a_new_replica_is_not_flooded() {
        var turned = TurnedBalancer.of(0, "r1", "r2");
        for (int i = 0; i < 200; i++) {
            turned.place(ask("a"));
        }
        turned.balancer.update(deployed(0, 0, false, "r1", "r2", "new"));
        int given = 0;
        for (int i = 0; i < 100; i++) {
            given += turned.place(ask("a")).replica().id().equals("new") ? 1 : 0;
        }
        assertThat(given).isBetween(1, 15);
    }

    @Test
    void a_replica_that_fails_is_ejected_for_longer_each_time_and_comes_back_slowly() {
        var turned = TurnedBalancer.of(0, "r1", "r2", "r3");
        var ejection = BalanceRules.DEFAULT.ejection();
        fail(turned, "r1", ejection.consecutive());
        assertThat(counts(turned, 100)).containsOnlyKeys("r2", "r3");
        turned.pass(ejection.first().toMillis() - 1);
        assertThat(counts(turned, 100)).containsOnlyKeys("r2", "r3");
        turned.pass(1);
        fail(turned, "r1", 1); // one is enough now
        turned.pass(2 * ejection.first().toMillis() - 1);
        assertThat(counts(turned, 100)).containsOnlyKeys("r2", "r3");
        turned.pass(1);
        assertThat(counts(turned, 300).getOrDefault("r1", 0)).isBetween(1, 40);
    }

    @Test
    void a_replica_that_fails_half_of_its_calls_is_ejected_too() {
        var turned = TurnedBalancer.of(0, "r1", "r2");
        int failed = 0;
        for (int i = 0; i < 200; i++) {
            Place place = turned.place(ask("a"));
            boolean bad = place.replica().id().equals("r1") && failed++ % 2 == 0;
            place.end(bad ? Outcome.FAILED : Outcome.SUCCEEDED);
        }
        assertThat(failed).isBetween(15, 30);
        assertThat(counts(turned, 100)).containsOnlyKeys("r2");
    }

    @Test
    void no_more_than_half_are_ejected_and_what_the_caller_did_does_not_count() {
        var turned = TurnedBalancer.of(0, "r1", "r2", "r3");
        for (int i = 0; i < 300; i++) {
            turned.place(ask("a")).end(Outcome.FAILED);
        }
        assertThat(counts(turned, 100)).hasSize(2);
        var alone = TurnedBalancer.of(0, "r1");
        for (int i = 0; i < 30; i++) {
            alone.place(ask("a")).end(Outcome.FAILED);
        }
        assertThat(alone.on(ask("a"))).isEqualTo("r1");
        var neutral = TurnedBalancer.of(0, "r1", "r2");
        for (int i = 0; i < 300; i++) {
            neutral.place(ask("a")).end(Outcome.NEUTRAL);
        }
        assertThat(counts(neutral, 100)).hasSize(2);
    }

    @Test
    void when_replicas_go_those_that_are_ejected_come_back() {
        var turned = TurnedBalancer.of(0, "r1", "r2");
        fail(turned, "r1", BalanceRules.DEFAULT.ejection().consecutive());
        turned.balancer.update(deployed(0, 0, false, "r1"));
        assertThat(turned.on(ask("a"))).isEqualTo("r1");
    }

    @Test
    void one_that_yields_gets_no_new_calls_until_it_goes_on_and_is_not_woken() {
        var turned = new TurnedBalancer(BalanceRules.DEFAULT, 1);
        turned.balancer.update(deployed(2, 0, true, "r1"));
        Place underWay = turned.place(ask("a"));
        turned.balancer.update(GatewayConfigDeployedBuilder.builder(deployed(2, 0, true, "r1"))
                .yields(true)
                .build());
        Future<Place> waits = turned.balancer.acquire(ask("b"));
        Future<Place> again = turned.balancer.acquire(not("r2"));
        underWay.end(Outcome.SUCCEEDED);
        turned.pass(5_000);
        assertThat(waits.isComplete()).isFalse();
        assertThat(again.isComplete()).isFalse();
        assertThat(turned.balancer.inFlight()).isZero();
        assertThat(turned.balancer.waiting()).isEqualTo(2);
        assertThat(turned.woken).isEmpty();
        turned.balancer.update(deployed(2, 0, true, "r1"));
        assertThat(waits.result().replica().id()).isEqualTo("r1");
        assertThat(again.result().replica().id()).isEqualTo("r1");
    }

    @Test
    void a_call_is_not_given_to_a_replica_that_failed_it() {
        var turned = TurnedBalancer.of(1, "r1", "r2");
        for (int i = 0; i < 20; i++) {
            assertThat(turned.on(not("r1"))).isEqualTo("r2");
        }
        assertThat(error(turned.balancer.acquire(not("r1", "r2"))).code()).isEqualTo("no_replica_left");
        Place held = turned.place(not("r1"));
        Future<Place> waits = turned.balancer.acquire(not("r1"));
        assertThat(turned.on(ask("b"))).isEqualTo("r1"); // others do not wait behind it
        held.end(Outcome.SUCCEEDED);
        assertThat(waits.result().replica().id()).isEqualTo("r2");
        Future<Place> left = turned.balancer.acquire(not("r1"));
        turned.balancer.update(deployed(1, 0, false, "r1"));
        assertThat(error(left).code()).isEqualTo("no_replica_left");
    }

    @Test
    void blocks_of_a_prompt_are_chained_and_their_number_is_bounded() {
        String text = "abc".repeat(20_000);
        assertThat(PrefixHashes.of(text)).hasSize(PrefixHashes.MOST_BLOCKS);
        assertThat(PrefixHashes.of("short")).isEmpty();
        long[] one = PrefixHashes.of("a".repeat(256) + "b".repeat(256));
        long[] other = PrefixHashes.of("c".repeat(256), "b".repeat(256));
        assertThat(one).hasSize(2).isEqualTo(PrefixHashes.of("a".repeat(300).substring(0, 256), "b".repeat(300)));
        assertThat(one[1]).isNotEqualTo(other[1]);
    }
}
