package io.aiwm.controller.deployment;

import io.aiwm.common.Json;
import io.aiwm.controller.scheduler.DryRun;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** What users see of the generations of a deployment, and of what a change would do. */
public final class RolloutView {
    private RolloutView() {}

    /** Newest first, each with what differs from the one before. */
    public static JsonObject history(Deployment deployment) {
        List<Revision> all = deployment.revisions();
        var items = new JsonArray();
        for (int i = all.size() - 1; i >= 0; i--) {
            items.add(revision(deployment, all.get(i), i == 0 ? null : all.get(i - 1)));
        }
        var json = new JsonObject()
                .put("generation", deployment.generation())
                .put("goodGeneration", deployment.goodGeneration())
                .put("items", items);
        return deployment.rollout() == null ? json : json.put("rollout", Json.toObject(deployment.rollout()));
    }

    private static JsonObject revision(Deployment deployment, Revision one, Revision before) {
        var json = new JsonObject()
                .put("generation", one.generation())
                .put("at", one.at() == null ? null : one.at().toString())
                .put("actor", one.actor())
                .put("undoes", one.undoes())
                .put(
                        "replicas",
                        deployment.instances().stream()
                                .filter(replica -> replica.generation() == one.generation())
                                .count())
                .put("spec", DeploymentView.spec(one.made().said()))
                .put("model", DeploymentView.model(one.model()))
                .put("engine", one.engine() == null ? null : Json.toObject(one.engine()))
                .put("effectiveSpec", one.engine() == null ? null : DeploymentView.spec(one.spec()))
                .put("estimate", one.memory() == null ? null : Json.toObject(one.memory()))
                .put("diff", before == null ? null : SpecDiff.between(before.made(), one.made()));
        json.getMap().values().removeIf(java.util.Objects::isNull);
        return json;
    }

    /** @param before what there is; null: nothing. @param placed where new containers would go; null: none are needed */
    static JsonObject plan(Deployment before, Deployment after, DryRun placed) {
        boolean same = before != null && before.generation() == after.generation();
        var json = new JsonObject()
                .put("changesContainers", !same)
                .put("replicas", after.replicas())
                .put("replicasBefore", before == null ? 0 : before.replicas())
                .put("diff", before == null ? new JsonArray() : SpecDiff.between(before.made(), after.made()))
                .put("spec", DeploymentView.spec(after.made().said()))
                .put("replaced", before == null || same ? 0 : before.instances().size())
                .put("placement", placed == null ? new JsonArray() : Json.toArray(placed.nodes()))
                .put("unplaced", placed == null ? 0 : placed.unplaced());
        if (after.model() != null && after.model().isKept()) {
            json.put("model", DeploymentView.model(after.model()));
        }
        if (after.engine() != null) {
            json.put("engine", Json.toObject(after.engine())).put("effectiveSpec", DeploymentView.spec(after.spec()));
        }
        if (after.memory() != null) {
            json.put("estimate", Json.toObject(after.memory()));
        }
        if (same) {
            json.put("diff", new JsonArray()); // an estimate of now changes nothing
        }
        return placed == null || placed.shortOf() == null
                ? json
                : json.put("unplacedReason", placed.shortOf().message());
    }
}
