package io.aiwm.controller.autoscale;

import io.aiwm.protocol.Address;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** How many calls deployments have, in flight and waiting, in all gateways: those of controllers, and the proxies that report to them. */
public final class GatewayLoads {
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    /** Asked of one controller by another. Reads only, so asking again is harmless. */
    record Ask(List<String> deploymentIds) {
        static final Address<Ask, Told> ADDRESS = new Address<>("aiwm.gateway-loads.{id}", Ask.class, Told.class);
    }

    record Told(Map<String, Integer> calls) {}

    /** @param whole false: a controller that lives did not answer, so that there may be more */
    record Loads(Map<String, Integer> calls, boolean whole) {}

    private final Vertx vertx;
    private final String controllerId;
    private final Supplier<Collection<String>> others;
    private final Supplier<Map<String, Integer>> own;

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

    /** Answers other controllers from now on. */
    public Future<Void> serve() {
        return Ask.ADDRESS
                .at(controllerId)
                .serve(vertx, ask -> Future.succeededFuture(new Told(own(ask.deploymentIds()))))
                .completion();
    }

    /** Of the controllers that live, one decides. */
    boolean decides() {
        return others.get().stream().allMatch(other -> controllerId.compareTo(other) < 0);
    }

    /** Never fails. */
    Future<Loads> of(List<String> deploymentIds) {
        List<Future<Told>> asked = others.get().stream()
                .map(id -> Ask.ADDRESS.at(id).ask(vertx, new Ask(deploymentIds), PATIENCE))
                .toList();
        return Future.join(asked).transform(done -> {
            var sum = new HashMap<>(own(deploymentIds));
            boolean whole = true;
            for (Future<Told> told : asked) {
                if (told.failed() || told.result() == null) {
                    whole = false;
                } else {
                    told.result().calls().forEach((id, calls) -> sum.merge(id, calls, Integer::sum));
                }
            }
            return Future.succeededFuture(new Loads(sum, whole));
        });
    }

    private Map<String, Integer> own(List<String> deploymentIds) {
        var found = new HashMap<String, Integer>();
        Map<String, Integer> all = own.get();
        deploymentIds.forEach(id -> found.put(id, all.getOrDefault(id, 0)));
        return found;
    }
}
