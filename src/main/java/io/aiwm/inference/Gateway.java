package io.aiwm.inference;

import io.aiwm.common.Monotonic;
import io.aiwm.inference.balance.BalanceRules;
import io.aiwm.inference.balance.BalanceRulesBuilder;
import io.aiwm.inference.balance.Balancer;
import io.aiwm.inference.balance.OneShotTimer;
import io.aiwm.inference.balance.ReplicaBalancer;
import io.aiwm.inference.balance.Waker;
import io.aiwm.inference.call.CallLoop;
import io.aiwm.inference.call.GatewayState;
import io.aiwm.inference.call.HeldBodies;
import io.aiwm.inference.call.InternalCalls;
import io.aiwm.inference.call.Pool;
import io.aiwm.inference.call.Routing;
import io.aiwm.inference.dialect.Dialects;
import io.aiwm.inference.limit.Limiter;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.usage.UsageSink;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/** A gateway: what it can call now, and handlers of calls, one for each event loop that takes them. Safe to use from any thread. */
public final class Gateway {
    private final Parts parts;
    private final GatewayState shared;
    private volatile Routing routing = Routing.EMPTY;

    /**
     * What a gateway is made of.
     *
     * @param balancers makes the balancer of a deployment; an external endpoint is one with a single replica
     */
    public record Parts(
            GatewaySettings settings,
            CallerSource callers,
            Limiter limiter,
            UsageSink usage,
            Dialects dialects,
            Function<GatewayConfig.Deployed, Balancer> balancers,
            InstantSource clock) {}

    /**
     * Calls that a deployment or an endpoint has now, also below {@code /proxy}: there without WebSockets that have passed no message
     * for {@link GatewaySettings#idle}.
     *
     * @param waiting for a place
     */
    public record Load(int inFlight, int waiting) {}

    public Gateway(Parts parts) {
        this.parts = parts;
        this.shared = new GatewayState(
                parts.settings(),
                parts.callers(),
                parts.limiter(),
                new GatewayState.Told(parts.usage(), parts.clock()),
                parts.dialects(),
                () -> routing,
                new HeldBodies(parts.settings().heldBodyBytes()));
    }

    /**
     * Balancers that time what they do by this Vert.x.
     *
     * @param waker has deployments woken that are asked for
     * @param queue calls that may wait for one deployment that says nothing of it
     */
    public static Function<GatewayConfig.Deployed, Balancer> balancers(Vertx vertx, Waker waker, int queue) {
        BalanceRules rules =
                BalanceRulesBuilder.builder(BalanceRules.DEFAULT).queue(queue).build();
        return deployed -> {
            var made = new ReplicaBalancer(rules, Monotonic::millis, OneShotTimer.of(vertx), waker);
            made.update(deployed);
            return made;
        };
    }

    /** Sets what can be called. Calls under way go on. */
    public synchronized void configure(GatewayConfig config) {
        routing = routing.with(
                config,
                parts.balancers(),
                !parts.settings().internalEndpoints(),
                parts.settings().proxyConcurrency());
    }

    public GatewayConfig config() {
        return routing.config();
    }

    /** By id of deployment or endpoint. */
    public Map<String, Load> load() {
        var load = new HashMap<String, Load>();
        for (Pool each : routing.pools().values()) {
            load.put(each.id(), new Load(each.inFlight(), each.waiting()));
        }
        return load;
    }

    /** See {@link Balancer#idlePlaces}: of all that may take a call for this model; −1: nothing has this name. */
    public int idlePlaces(String model) {
        return routing.idlePlaces(model);
    }

    /** A handler for calls of others than those whom its port knows, like {@link #handler(Vertx)}. */
    public Handler<HttpServerRequest> handler(Vertx vertx, CallerSource callers) {
        return new InferenceHandler(new CallLoop(vertx, shared.with(callers)));
    }

    /** Makes what this process calls models with by itself. */
    public InternalCalls own(Vertx vertx) {
        return new InternalCalls(vertx, shared);
    }

    /** Makes the handler of one event loop; called in the context of the verticle that serves. */
    public Handler<HttpServerRequest> handler(Vertx vertx) {
        return new InferenceHandler(new CallLoop(vertx, shared));
    }
}
