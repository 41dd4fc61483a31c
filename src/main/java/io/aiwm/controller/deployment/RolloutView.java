package io.aiwm.controller.deployment;

import io.aiwm.common.Json;
import io.aiwm.controller.deployment.Deployment.Revision;
import io.aiwm.controller.scheduler.DryRun;
import io.aiwm.controller.secret.SecretValues;
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
                .put("spec", SecretValues.masked(Json.toObject(one.spec())))
                .put("model", one.model() == null ? null : SecretValues.masked(Json.toObject(one.model())))
                .put(
                        "diff",
                        before == null
                                ? null
                                : SpecDiff.between(before.spec(), before.model(), one.spec(), one.model()));
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
                .put(
                        "diff",
                        before == null
                                ? new JsonArray()
                                : SpecDiff.between(before.spec(), before.model(), after.spec(), after.model()))
                .put("spec", SecretValues.masked(Json.toObject(after.spec())))
                .put("replaced", before == null || same ? 0 : before.instances().size())
                .put("placement", placed == null ? new JsonArray() : Json.toArray(placed.nodes()))
                .put("unplaced", placed == null ? 0 : placed.unplaced());
        return placed == null || placed.shortOf() == null
                ? json
                : json.put("unplacedReason", placed.shortOf().message());
    }
}
