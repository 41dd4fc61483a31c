package io.aiwm.inference.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.inference.GatewayError;
import io.aiwm.inference.balance.Place.Outcome;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Random histories of a balancer beside a model of it: who holds places, and who waits. */
@Timeout(120)
class BalancerHistoriesTest {
    private static final int HISTORIES = 300;
    private static final int STEPS = 400;
    private static final int QUEUE = 30;
    private static final List<Outcome> OUTCOMES = List.of(Outcome.SUCCEEDED, Outcome.NEUTRAL, Outcome.FAILED);

    private static final class History {
        final Random random;
        final TurnedBalancer turned;
        final int limit;
        final List<Place> held = new ArrayList<>();
        final Map<Integer, PlaceRequest> waiting = new LinkedHashMap<>();
        /** How often each other caller of a priority was served since this one last was, or began to wait. */
        final Map<Integer, Map<String, Integer>> passedBy = new HashMap<>();

        final Map<Integer, Long> deadlines = new HashMap<>();
        final Map<String, Integer> perReplica = new HashMap<>();
        Set<String> present = Set.of();
        boolean onDemand;
        int asked;
        int answered;
        AssertionError trouble;

        History(long seed) {
            random = new Random(seed);
            turned = new TurnedBalancer(BalanceRules.DEFAULT, seed);
            limit = random.nextInt(4); // 0: not limited
            update();
        }

        void update() {
            var next = new HashSet<String>();
            for (int i = 0; i < 5; i++) {
                if (random.nextInt(5) < 3) {
                    next.add("r" + i);
                }
            }
            onDemand = random.nextBoolean();
            present = next;
            turned.balancer.update(TurnedBalancer.deployed(
                    limit, QUEUE, onDemand, next.stream().sorted().toArray(String[]::new)));
        }

        void acquire() {
            int id = asked++;
            var not = new HashSet<String>();
            if (random.nextInt(5) == 0) {
                not.add("r" + random.nextInt(5));
            }
            String session = random.nextInt(3) == 0 ? "s" + random.nextInt(4) : null;
            long[] prefix = random.nextInt(3) == 0
                    ? PrefixHashes.of("p".repeat(300 + 256 * random.nextInt(3)), "q".repeat(400))
                    : null;
            var ask = new PlaceRequest(
                    "c" + Math.min(random.nextInt(4), random.nextInt(4)),
                    random.nextInt(8) / 6,
                    session,
                    prefix,
                    not,
                    random.nextInt(3_000));
            waiting.put(id, ask);
            deadlines.put(id, turned.now + ask.waitMillis());
            Future<Place> future = turned.balancer.acquire(ask);
            boolean atOnce = future.isComplete();
            future.onComplete(done -> {
                try {
                    told(id, ask, done, atOnce);
                } catch (AssertionError found) {
                    trouble = trouble == null ? found : trouble; // a future swallows what its handler throws
                }
            });
            if (!atOnce) {
                passedBy.put(id, new HashMap<>());
            }
        }

        void told(int id, PlaceRequest ask, AsyncResult<Place> done, boolean atOnce) {
            answered++;
            assertThat(waiting.remove(id)).as("told once").isSameAs(ask);
            passedBy.remove(id);
            if (done.succeeded()) {
                given(ask, done.result(), atOnce);
            } else {
                refused(ask, done.cause());
            }
        }

        void given(PlaceRequest ask, Place place, boolean atOnce) {
            String replica = place.replica().id();
            assertThat(present).contains(replica);
            assertThat(ask.not()).doesNotContain(replica);
            int now = perReplica.merge(replica, 1, Integer::sum);
            if (limit > 0) {
                assertThat(now).as("calls at " + replica).isLessThanOrEqualTo(limit);
            }
            held.add(place);
            if (!atOnce) {
                turnOf(ask);
            }
        }

        /** Between two calls of one caller, each other that waits with the same priority is served. */
        void turnOf(PlaceRequest served) {
            waiting.forEach((id, other) -> {
                var counts = passedBy.get(id);
                if (counts != null
                        && other.priority() == served.priority()
                        && other.caller().equals(served.caller())) {
                    counts.clear();
                }
                boolean rival = served.not().isEmpty()
                        && other.priority() == served.priority()
                        && !other.caller().equals(served.caller())
                        && other.not().isEmpty()
                        && isOldest(id, other);
                if (counts != null && rival) {
                    assertThat(counts.merge(served.caller(), 1, Integer::sum))
                            .as("times that %s was served before %s", served, other)
                            .isLessThanOrEqualTo(1);
                }
            });
        }

        boolean isOldest(int id, PlaceRequest ask) {
            return waiting.entrySet().stream()
                    .filter(each -> each.getValue().caller().equals(ask.caller())
                            && each.getValue().priority() == ask.priority())
                    .allMatch(each -> each.getKey() >= id);
        }

        void refused(PlaceRequest ask, Throwable cause) {
            GatewayError error = ((GatewayError.Refused) cause).error;
            switch (error.code()) {
                case "model_not_ready" ->
                    assertThat(present.isEmpty() && !onDemand).isTrue();
                case "no_replica_left" -> assertThat(ask.not()).containsAll(present);
                case "queue_full" -> assertThat(waiting.size()).isGreaterThanOrEqualTo(QUEUE);
                default -> assertThat(error.code()).isEqualTo("queue_timeout");
            }
        }

        void end() {
            if (held.isEmpty()) {
                return;
            }
            Place place = held.remove(random.nextInt(held.size()));
            perReplica.merge(place.replica().id(), -1, Integer::sum);
            place.end(OUTCOMES.get(random.nextInt(OUTCOMES.size())));
            if (random.nextInt(10) == 0) {
                place.end(Outcome.FAILED);
            }
        }

        void step() {
            int kind = random.nextInt(40);
            if (kind < 24) {
                acquire();
            } else if (kind < 36) {
                end();
            } else if (kind < 39) {
                turned.pass(random.nextInt(400));
            } else {
                update();
            }
            check();
        }

        void check() {
            if (trouble != null) {
                throw trouble;
            }
            assertThat(turned.balancer.inFlight()).isEqualTo(held.size());
            assertThat(turned.balancer.waiting()).isEqualTo(waiting.size()).isLessThanOrEqualTo(QUEUE);
            assertThat(turned.alarms()).as("alarms").isLessThanOrEqualTo(STEPS);
            waiting.keySet().forEach(id -> assertThat(deadlines.get(id)).isGreaterThan(turned.now - 1));
        }

        void close() {
            turned.pass(3_000);
            check();
            assertThat(waiting).isEmpty();
            assertThat(answered).isEqualTo(asked);
            while (!held.isEmpty()) {
                end();
            }
            assertThat(turned.balancer.inFlight()).isZero();
            // none was lost: every place can be had again
            if (limit > 0) {
                turned.pass(BalanceRules.DEFAULT.ejection().longest().toMillis());
                turned.balancer.update(TurnedBalancer.deployed(limit, QUEUE, false, "r0", "r1", "r2", "r3", "r4"));
                for (int i = 0; i < 5 * limit; i++) {
                    assertThat(turned.place(TurnedBalancer.ask("a"))).isNotNull();
                }
                assertThat(turned.balancer.acquire(TurnedBalancer.ask("a")).isComplete())
                        .isFalse();
            }
        }
    }

    @Test
    void no_place_is_given_twice_none_is_lost_and_every_call_that_waits_is_told() {
        for (long seed = 0; seed < HISTORIES; seed++) {
            var history = new History(seed);
            try {
                for (int i = 0; i < STEPS; i++) {
                    history.step();
                }
                history.close();
            } catch (AssertionError | RuntimeException failed) {
                throw new AssertionError("history " + seed, failed);
            }
        }
    }

    @Test
    void event_loops_share_one_balancer_and_each_call_is_told_on_its_own() throws InterruptedException {
        int limit = 3;
        int calls = 20_000;
        var vertx = Vertx.vertx();
        try {
            var balancer = new ReplicaBalancer(
                    BalanceRules.DEFAULT, io.aiwm.common.Monotonic::millis, OneShotTimer.of(vertx), Waker.NONE);
            balancer.update(TurnedBalancer.deployed(limit, calls, false, "r1", "r2"));
            var most = new AtomicInteger();
            var now = new HashMap<String, AtomicInteger>();
            now.put("r1", new AtomicInteger());
            now.put("r2", new AtomicInteger());
            var elsewhere = new AtomicInteger();
            var left = new CountDownLatch(calls);
            for (int i = 0; i < calls; i++) {
                var context = ((io.vertx.core.internal.VertxInternal) vertx).createEventLoopContext();
                String caller = "c" + i % 5;
                context.runOnContext(turn -> balancer.acquire(new PlaceRequest(caller, 0, null, null, null, 60_000))
                        .onSuccess(place -> {
                            elsewhere.addAndGet(Vertx.currentContext() == context ? 0 : 1);
                            var held = now.get(place.replica().id());
                            int count = held.incrementAndGet();
                            most.accumulateAndGet(count, Math::max);
                            context.runOnContext(later -> {
                                held.decrementAndGet();
                                place.end(Outcome.SUCCEEDED);
                                left.countDown();
                            });
                        }));
            }
            assertThat(left.await(60, TimeUnit.SECONDS)).as("all were served").isTrue();
            assertThat(most.get()).isLessThanOrEqualTo(limit);
            assertThat(elsewhere.get()).isZero();
            assertThat(balancer.inFlight()).isZero();
        } finally {
            vertx.close();
        }
    }
}
