package io.aiwm.inference.limit;

import static io.aiwm.inference.limit.LimiterFleet.budget;
import static io.aiwm.inference.limit.LimiterFleet.caller;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.inference.Caller;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of leases whose holders are dead, or cannot be heard. */
@Timeout(60)
class EndedLeasesTest {
    private static final Caller ADA = caller(budget(5_000));
    private static final int TOKENS = 10;

    /** Calls one after the other until one is refused. */
    private static int calls(LimiterFleet fleet, LocalLimiter limiter, int most) {
        for (int passed = 0; passed < most; passed++) {
            var call = limiter.reserve(ADA, TOKENS);
            if (!call.isComplete()) {
                fleet.pass(2 * LocalLimiter.WAIT_MILLIS);
            }
            if (call.failed()) {
                return passed;
            }
            call.result().settle(TOKENS);
            if (passed % 10 == 9) {
                fleet.pass(LocalLimiter.TICK_MILLIS);
            }
        }
        return most;
    }

    @Test
    void what_a_killed_gateway_had_leased_and_not_used_is_free_after_30_seconds() {
        var fleet = new LimiterFleet(2, 1);
        assertThat(calls(fleet, fleet.limiters.remove(0), 200)).isEqualTo(200);
        int left = (5_000 - fleet.reported.get("gateway0").intValue()) / TOKENS;
        assertThat(left).as("those of its last second are not known").isBetween(300, 410);
        LocalLimiter other = fleet.limiters.get(0);
        int before = calls(fleet, other, 1_000);
        assertThat(before).isLessThan(left);
        fleet.pass(Allowance.SILENT_MILLIS);
        assertThat(before + calls(fleet, other, 1_000)).isEqualTo(left);
    }

    @Test
    void it_is_free_at_once_when_a_younger_process_speaks_from_the_same_place() {
        var fleet = new LimiterFleet(0, 1);
        fleet.gateways = 2;
        LocalLimiter first = fleet.limiter(LeaseHolders.at("proxy-1", "gw_1"));
        fleet.limiters.add(first);
        calls(fleet, first, 200);
        fleet.limiters.remove(first);
        int left = (5_000 - fleet.reported.get("proxy-1/gw_1").intValue()) / TOKENS;
        LocalLimiter next = fleet.limiter(LeaseHolders.at("proxy-1", "gw_2"));
        fleet.limiters.add(next);
        assertThat(calls(fleet, next, 1_000)).isEqualTo(left);
    }

    @Test
    void a_late_word_of_the_dead_and_processes_at_other_places_end_no_lease() {
        assertThat(LeaseHolders.isSuccessor("a/gw_2", "a/gw_1")).isTrue();
        assertThat(LeaseHolders.isSuccessor("a/gw_1", "a/gw_2")).isFalse();
        assertThat(LeaseHolders.isSuccessor("a/gw_1", "a/gw_1")).isFalse();
        assertThat(LeaseHolders.isSuccessor("b/gw_2", "a/gw_1")).isFalse();
        assertThat(LeaseHolders.isSuccessor("ab/gw_2", "a/gw_1")).isFalse();
        assertThat(LeaseHolders.isSuccessor("gw_2", "gw_1")).as("no places").isFalse();
        assertThat(LeaseHolders.isSuccessor("a/gw_2", "gw_1")).isFalse();
    }

    @Test
    void a_gateway_that_is_not_heard_gives_its_lease_up_before_others_get_it() {
        var fleet = new LimiterFleet(2, 1);
        fleet.gateways = Integer.MAX_VALUE; // so that it has no share
        LocalLimiter silent = fleet.limiters.get(0);
        LocalLimiter other = fleet.limiters.get(1);
        int used = calls(fleet, silent, 200);
        fleet.cut.add("gateway0");
        used += calls(fleet, other, 1_000);
        assertThat(used)
                .as("the lease of the one that is not heard is nobody else's")
                .isLessThan(500);
        used += calls(fleet, silent, 5);
        fleet.pass(Allowance.SILENT_MILLIS);
        assertThat(calls(fleet, silent, 1_000)).isZero();
        fleet.cut.clear();
        fleet.pass(2_000);
        used += calls(fleet, other, 1_000);
        assertThat(used).isEqualTo(500);
        assertThat(calls(fleet, silent, 1_000)).isZero();
    }

    /** Gateways that die, that are cut off and come back, and take each other's place, by chance. */
    @Test
    void no_more_is_used_than_the_budget_and_what_the_dead_have_not_reported() {
        for (long seed = 0; seed < 100; seed++) {
            var random = new Random(seed);
            var fleet = new LimiterFleet(0, seed);
            fleet.delays = true;
            fleet.lost = random.nextInt(3) * 10;
            fleet.gateways = Integer.MAX_VALUE;
            var living = new TreeMap<String, LocalLimiter>();
            Map<String, Long> used = new HashMap<>();
            int made = 0;
            for (int step = 0; step < 200; step++) {
                if (living.size() < 3) {
                    String place = "place" + random.nextInt(4);
                    living.keySet().removeIf(each -> each.startsWith(place)); // which dies with that
                    String holder = LeaseHolders.at(place, "gw_%04d".formatted(made++));
                    living.put(holder, fleet.limiter(holder));
                }
                String one = living.keySet().stream()
                        .skip(random.nextInt(living.size()))
                        .findFirst()
                        .orElseThrow();
                switch (random.nextInt(40)) {
                    case 0 -> living.remove(one);
                    case 1 -> fleet.cut.add(one);
                    case 2 -> fleet.cut.clear();
                    default ->
                        living.get(one).reserve(ADA, TOKENS * 5).onSuccess(reserved -> {
                            long tokens = random.nextInt(TOKENS * 5 + 1);
                            used.merge(one, tokens, Long::sum);
                            reserved.settle(tokens);
                        });
                }
                fleet.limiters.clear();
                fleet.limiters.addAll(living.values());
                if (random.nextInt(5) == 0) {
                    fleet.pass(random.nextInt(8_000));
                }
            }
            fleet.cut.clear();
            fleet.lost = 0;
            fleet.pass(10_000);
            String last = LeaseHolders.at("last", "gw_last");
            LocalLimiter rest = fleet.limiter(last);
            fleet.limiters.add(rest);
            fleet.pass(Allowance.SILENT_MILLIS);
            long known =
                    fleet.reported.values().stream().mapToLong(each -> each).sum();
            long all = used.values().stream().mapToLong(each -> each).sum();
            assertThat(known).as("seed " + seed).isLessThanOrEqualTo(all);
            living.keySet()
                    .forEach(each ->
                            assertThat(fleet.reported.getOrDefault(each, 0L)).isEqualTo(used.getOrDefault(each, 0L)));
            var remaining = rest.reserve(ADA, Math.max(1, 5_000 - known));
            fleet.pass(3_000);
            assertThat(remaining.succeeded())
                    .as("seed %d: %d used, of which %d are known", seed, all, known)
                    .isEqualTo(known < 5_000);
            assertThat(rest.reserve(ADA, 1).succeeded()).isFalse();
        }
    }
}
