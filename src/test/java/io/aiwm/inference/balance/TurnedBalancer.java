package io.aiwm.inference.balance;

import io.aiwm.inference.GatewayError;
import io.aiwm.inference.route.GatewayConfig.Deployed;
import io.aiwm.inference.route.GatewayConfig.Replica;
import io.aiwm.inference.route.GatewayConfigDeployedBuilder;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.stream.Stream;

/** A balancer whose time is turned by hand. */
final class TurnedBalancer {
    private record Ringing(long at, Runnable then) {}

    private final PriorityQueue<Ringing> alarms = new PriorityQueue<>(Comparator.comparingLong(Ringing::at));
    final List<String> woken = new ArrayList<>();
    final ReplicaBalancer balancer;
    long now = -5_000; // a monotonic clock may begin anywhere

    TurnedBalancer(BalanceRules rules, long seed) {
        balancer = new ReplicaBalancer(
                rules, () -> now, (millis, then) -> alarms.add(new Ringing(now + millis, then)), woken::add, seed);
    }

    static TurnedBalancer of(int concurrency, String... replicas) {
        var made = new TurnedBalancer(BalanceRules.DEFAULT, 1);
        made.balancer.update(deployed(concurrency, 0, false, replicas));
        return made;
    }

    static Deployed deployed(int concurrency, int queue, boolean onDemand, String... replicas) {
        List<Replica> made = Stream.of(replicas)
                .map(id -> new Replica(id, 0, "node_1", "127.0.0.1", 8000, Instant.EPOCH))
                .toList();
        return GatewayConfigDeployedBuilder.builder()
                .id("dep_1")
                .name("tiny")
                .modelAliases(List.of())
                .replicas(made)
                .concurrency(concurrency)
                .context(0)
                .queue(queue)
                .state(made.isEmpty() ? "DEPLOYING" : "RUNNING")
                .reason(made.isEmpty() ? "pulls its image" : null)
                .onDemand(onDemand)
                .yields(false)
                .guarded(false)
                .build();
    }

    void pass(long millis) {
        long until = now + millis;
        while (!alarms.isEmpty() && alarms.peek().at() <= until) {
            Ringing next = alarms.poll();
            now = Math.max(now, next.at());
            next.then().run();
        }
        now = until;
    }

    int alarms() {
        return alarms.size();
    }

    static PlaceRequest ask(String caller) {
        return new PlaceRequest(caller, 0, null, null, null, 10_000);
    }

    static PlaceRequest ask(String caller, int priority) {
        return new PlaceRequest(caller, priority, null, null, null, 10_000);
    }

    static PlaceRequest inSession(String session) {
        return new PlaceRequest("a", 0, session, null, null, 10_000);
    }

    static PlaceRequest withPrompt(String prompt) {
        return new PlaceRequest("a", 0, null, PrefixHashes.of(prompt), null, 10_000);
    }

    static PlaceRequest not(String... replicas) {
        return new PlaceRequest("a", 0, null, null, Set.of(replicas), 10_000);
    }

    Place place(PlaceRequest ask) {
        return balancer.acquire(ask).result();
    }

    String on(PlaceRequest ask) {
        Place place = place(ask);
        place.end(Place.Outcome.SUCCEEDED);
        return place.replica().id();
    }

    static GatewayError error(Future<Place> refused) {
        return ((GatewayError.Refused) refused.cause()).error;
    }
}
