package io.aiwm.controller.autoscale;

import io.aiwm.protocol.Address;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/**
 * How many gateways there are, and how many calls deployments have in all of them, in flight and waiting: those of controllers, and the
 * proxies that report to them.
 */
public final class GatewayLoads {
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    /** Asked of one controller by another. Reads only, so asking again is harmless. */
    record Ask(List<String> deploymentIds) {
        static final Address<Ask, Told> ADDRESS = new Address<>("aiwm.gateway-loads.{id}", Ask.class, Told.class);
    }

    /** @param proxies that report to this controller; null: one of before does not say */
    record Told(Map<String, Integer> calls, Integer proxies) {}

    /** @param whole false: a controller that lives did not answer, so that there may be more */
    record Loads(Map<String, Integer> calls, boolean whole) {}

    private final Vertx vertx;
    private final String controllerId;
    private final Supplier<Collection<String>> others;
    private final Supplier<Map<String, Integer>> own;
    /** Of other controllers, as last told: one that does not answer has its proxies still. */
    private final Map<String, Integer> proxiesOf = new ConcurrentHashMap<>();

    private volatile IntSupplier ownProxies = () -> 0;

    /**
     * @param others ids of the other controllers that live
     * @param own calls by deployment in this controller's gateway, and in the proxies that report to it
     */
    public GatewayLoads(
            Vertx vertx, String controllerId, Supplier<Collection<String>> others, Supplier<Map<String, Integer>> own) {
        this.vertx = vertx;
        this.controllerId = controllerId;
        this.others = others;
        this.own = own;
    }

    /** @param count of those that report to this controller */
    public void proxies(IntSupplier count) {
        ownProxies = count;
    }

    /** Returns how many gateways there are, this controller's and all proxies included. Any thread. */
    public int gateways() {
        Collection<String> living = others.get();
        int far = living.stream().mapToInt(id -> proxiesOf.getOrDefault(id, 0)).sum();
        return 1 + living.size() + ownProxies.getAsInt() + far;
    }

    /** Asks the other controllers for their proxies. A sweep. */
    public Future<Void> count() {
        proxiesOf.keySet().retainAll(Set.copyOf(others.get()));
        return of(List.of()).mapEmpty();
    }

    /** Answers other controllers from now on. */
    public Future<Void> serve() {
        return Ask.ADDRESS
                .at(controllerId)
                .serve(vertx, ask -> Future.succeededFuture(new Told(own(ask.deploymentIds()), ownProxies.getAsInt())))
                .completion();
    }

    /** Of the controllers that live, one decides. */
    boolean decides() {
        return others.get().stream().allMatch(other -> controllerId.compareTo(other) < 0);
    }

    /** Never fails. */
    Future<Loads> of(List<String> deploymentIds) {
        return Ask.ADDRESS
                .askEach(vertx, others.get(), new Ask(deploymentIds), PATIENCE)
                .map(answers -> {
                    answers.given().forEach(this::heard);
                    var sum = new HashMap<>(own(deploymentIds));
                    answers.given()
                            .values()
                            .forEach(told -> told.calls().forEach((id, calls) -> sum.merge(id, calls, Integer::sum)));
                    return new Loads(sum, answers.silent().isEmpty());
                });
    }

    private void heard(String id, Told told) {
        if (told.proxies() != null) {
            proxiesOf.put(id, Math.max(0, told.proxies()));
        }
    }

    private Map<String, Integer> own(List<String> deploymentIds) {
        var found = new HashMap<String, Integer>();
        Map<String, Integer> all = own.get();
        deploymentIds.forEach(id -> found.put(id, all.getOrDefault(id, 0)));
        return found;
    }
}
