package io.aiwm.controller.autoscale;

import io.aiwm.common.Json;
import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.Deployments;
import io.aiwm.protocol.Address;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** Says why a deployment has the replicas that it has, and what it waits for. */
public final class DeploymentExplainer {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** Asked of the controller that decides by one that is asked. Reads only, so asking again is harmless. */
    record Ask(String deploymentId) {
        static final Address<Ask, Told> ADDRESS = new Address<>("aiwm.deployment-turn.{id}", Ask.class, Told.class);
    }

    /** @param turn null: it does not wait */
    record Told(Turn turn) {}

    private final Vertx vertx;
    private final Deployments deployments;
    private final Autoscaler autoscaler;
    private final GatewayLoads loads;

    public DeploymentExplainer(Vertx vertx, Deployments deployments, Autoscaler autoscaler, GatewayLoads loads) {
        this.vertx = vertx;
        this.deployments = deployments;
        this.autoscaler = autoscaler;
        this.loads = loads;
    }

    /** Answers other controllers from now on. */
    public Future<Void> serve() {
        return Ask.ADDRESS
                .at(loads.controllerId())
                .serve(vertx, ask -> Future.succeededFuture(new Told(autoscaler.turn(ask.deploymentId()))))
                .completion();
    }

    /** Fails with NOT_FOUND. */
    public Future<JsonObject> explain(String id) {
        return deployments
                .get(id)
                .compose(seen -> Future.all(turn(id), loads.of(List.of(id)))
                        .map(both -> explained(seen, both.<Told>resultAt(0).turn(), both.resultAt(1))));
    }

    /** Of a controller that does not answer in time nothing is known. */
    private Future<Told> turn(String id) {
        return loads.decides()
                ? Future.succeededFuture(new Told(autoscaler.turn(id)))
                : Ask.ADDRESS
                        .at(loads.decider())
                        .ask(vertx, new Ask(id), PATIENCE)
                        .otherwise(new Told(null));
    }

    private static JsonObject explained(Deployment seen, Turn turn, GatewayLoads.Loads load) {
        int inFlight = load.inFlight(seen.id());
        var json = new JsonObject()
                .put("deploymentId", seen.id())
                .put("status", seen.status().name())
                .put("replicas", seen.replicas())
                .put("readyReplicas", seen.ready())
                .put(
                        "calls",
                        new JsonObject()
                                .put("inFlight", inFlight)
                                .put("waiting", Math.max(0, load.calls(seen.id()) - inFlight)));
        if (seen.scaling() != null) {
            json.put("scaling", Json.toObject(seen.scaling()));
        }
        if (turn != null) {
            json.put("code", turn.code().name())
                    .put("message", turn.text())
                    .put("waitsFor", new JsonArray(turn.waitsFor()));
            return turn.secondsLeft() == null ? json : json.put("secondsLeft", turn.secondsLeft());
        }
        if (seen.reasonCode() != null) {
            json.put("code", seen.reasonCode().name());
        }
        return json.put("message", message(seen));
    }

    private static String message(Deployment seen) {
        if (seen.statusReason() != null) {
            return seen.statusReason();
        }
        String state = seen.status().name().toLowerCase(Locale.ROOT);
        return seen.scaling() == null
                ? "it is " + state
                : "it is " + state + "; " + seen.scaling().text();
    }
}
