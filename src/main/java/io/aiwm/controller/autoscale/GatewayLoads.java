package io.aiwm.controller.autoscale;

import io.aiwm.inference.Gateway;
import io.aiwm.protocol.Address;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * How many gateways there are, and how many calls deployments have in all of them, in flight and waiting: those of controllers, and the
 * proxies that report to them.
 */
public final class GatewayLoads {
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final Gateway.Load NOTHING = new Gateway.Load(0, 0);

    /** Asked of one controller by another. Reads only, so asking again is harmless. */
    record Ask(List<String> deploymentIds) {
        static final Address<Ask, Told> ADDRESS = new Address<>("aiwm.gateway-loads.{id}", Ask.class, Told.class);
    }

    /**
     * @param calls in flight and waiting
     * @param proxies that report to this controller; null: one of before does not say
     * @param inFlight those of the calls that have a replica; null: one of before does not say
     * @param heard ids of the proxies whose calls are among these; null: one of before does not say
     */
    record Told(Map<String, Integer> calls, Integer proxies, Map<String, Integer> inFlight, Set<String> heard) {}

    /**
     * Proxies.
     *
     * @param count of those that report to this controller
     * @param heard ids of these, without those whose node is silent by now
     * @param expected ids of those that serve, or may for a while yet though nothing is heard of them
     */
    public record Proxies(IntSupplier count, Supplier<Set<String>> heard, Supplier<Set<String>> expected) {
        static final Proxies NONE = new Proxies(() -> 0, Set::of, Set::of);
    }

    /** @param whole false: a controller that lives did not answer, or a proxy may serve that none hears: there may be more */
    record Loads(Map<String, Integer> calls, Map<String, Integer> inFlight, boolean whole) {
        int calls(String id) {
            return calls.getOrDefault(id, 0);
        }

        int inFlight(String id) {
            return inFlight.getOrDefault(id, 0);
        }
    }

    private final Vertx vertx;
    private final String controllerId;
    private final Supplier<Collection<String>> others;
    private final Supplier<Map<String, Gateway.Load>> calls;
    /** Of other controllers, as last told: one that does not answer has its proxies still. */
    private final Map<String, Integer> proxiesOf = new ConcurrentHashMap<>();

    private volatile Proxies own = Proxies.NONE;

    /**
     * @param others ids of the other controllers that live
     * @param calls by deployment in this controller's gateway, and in the proxies that report to it
     */
    public GatewayLoads(
            Vertx vertx,
            String controllerId,
            Supplier<Collection<String>> others,
            Supplier<Map<String, Gateway.Load>> calls) {
        this.vertx = vertx;
        this.controllerId = controllerId;
        this.others = others;
        this.calls = calls;
    }

    /** @param known to this controller */
    public void proxies(Proxies known) {
        own = known;
    }

    /** Returns how many gateways there are, this controller's and all proxies included. Any thread. */
    public int gateways() {
        Collection<String> living = others.get();
        int far = living.stream().mapToInt(id -> proxiesOf.getOrDefault(id, 0)).sum();
        return 1 + living.size() + own.count().getAsInt() + far;
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
                .serve(vertx, ask -> Future.succeededFuture(told(ask.deploymentIds())))
                .completion();
    }

    /** Of the controllers that live, one decides. */
    boolean decides() {
        return decider().equals(controllerId);
    }

    /** Returns the id of the controller that decides. */
    String decider() {
        return Stream.concat(Stream.of(controllerId), others.get().stream())
                .min(Comparator.naturalOrder())
                .orElseThrow();
    }

    String controllerId() {
        return controllerId;
    }

    /** Never fails. */
    Future<Loads> of(List<String> deploymentIds) {
        return Ask.ADDRESS
                .askEach(vertx, others.get(), new Ask(deploymentIds), PATIENCE)
                .map(answers -> {
                    answers.given().forEach(this::heard);
                    Told here = told(deploymentIds);
                    var calls = new HashMap<>(here.calls());
                    var inFlight = new HashMap<>(here.inFlight());
                    answers.given().values().forEach(told -> {
                        told.calls().forEach((id, count) -> calls.merge(id, count, Integer::sum));
                        // of one that does not say which have a replica, all may have one
                        (told.inFlight() == null ? told.calls() : told.inFlight())
                                .forEach((id, count) -> inFlight.merge(id, count, Integer::sum));
                    });
                    boolean whole = answers.silent().isEmpty()
                            && hearAll(here, answers.given().values());
                    return new Loads(calls, inFlight, whole);
                });
    }

    /** Calls at a proxy that is cut off are counted by nobody. */
    private boolean hearAll(Told here, Collection<Told> others) {
        var unheard = new HashSet<>(own.expected().get());
        unheard.removeAll(here.heard());
        others.forEach(told -> unheard.removeAll(told.heard() == null ? Set.copyOf(unheard) : told.heard()));
        return unheard.isEmpty();
    }

    private void heard(String id, Told told) {
        if (told.proxies() != null) {
            proxiesOf.put(id, Math.max(0, told.proxies()));
        }
    }

    private Told told(List<String> deploymentIds) {
        var calls = new HashMap<String, Integer>();
        var inFlight = new HashMap<String, Integer>();
        Map<String, Gateway.Load> all = this.calls.get();
        deploymentIds.forEach(id -> {
            Gateway.Load load = all.getOrDefault(id, NOTHING);
            calls.put(id, load.inFlight() + load.waiting());
            inFlight.put(id, load.inFlight());
        });
        return new Told(calls, own.count().getAsInt(), inFlight, own.heard().get());
    }
}
