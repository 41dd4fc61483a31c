package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.node.MergePatch;
import io.aiwm.controller.secret.SecretValues;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** A JSON merge patch of what was asked for of a deployment. What it does not name stays; null takes away. */
final class DeploymentPatch implements Function<Deployment, DeploymentRequest> {
    private final JsonObject patch;

    DeploymentPatch(JsonObject patch) {
        this.patch = patch;
    }

    /** Whether nothing but the number of replicas is to change; that is possible at any time. */
    boolean onlyScales() {
        return patch.fieldNames().equals(java.util.Set.of("replicas")) && patch.getValue("replicas") instanceof Integer;
    }

    /** Whether it has one of these fields. */
    boolean names(String... fields) {
        return List.of(fields).stream().anyMatch(patch::containsKey);
    }

    int replicas() {
        return patch.getInteger("replicas");
    }

    /** Fails with UNPROCESSABLE naming the fields that there are not. */
    @Override
    public DeploymentRequest apply(Deployment stored) {
        JsonObject merged = MergePatch.apply(asked(stored), patch);
        DeploymentRequest request = DeploymentRequest.of(merged.copy());
        var unknown = new ArrayList<Failure.FieldError>();
        unknown(patch, Json.toObject(request), "", unknown);
        if (!unknown.isEmpty()) {
            var first = unknown.get(0);
            throw new Failure(
                    Failure.Kind.UNPROCESSABLE, first.pointer() + ": " + first.detail(), List.copyOf(unknown));
        }
        return request;
    }

    /** What a PUT would send to leave it as it is: secrets carry the mask, which keeps them. */
    private static JsonObject asked(Deployment stored) {
        var json = new JsonObject()
                .put("name", stored.name())
                .put("spec", DeploymentView.spec(stored.made().said()))
                .put(
                        "model",
                        stored.model() == null
                                ? null
                                : SecretValues.masked(
                                        Json.toObject(stored.model().said())))
                .put("engine", stored.engine() == null ? null : Json.toObject(stored.engine()))
                .put("replicas", stored.replicas())
                .put("nodeId", stored.placement().nodeId())
                .put(
                        "requirements",
                        stored.placement().requires() == null
                                ? null
                                : Json.toObject(stored.placement().requires()))
                .put("onNodeLost", stored.placement().onNodeLost().wire())
                .put("maxPerNode", stored.placement().maxPerNode())
                .put("autoscale", stored.autoscale() == null ? null : Json.toObject(stored.autoscale()))
                .put("update", stored.update() == null ? null : Json.toObject(stored.update()));
        json.getMap().values().removeIf(java.util.Objects::isNull);
        return json;
    }

    private static void unknown(JsonObject patch, JsonObject read, String at, List<Failure.FieldError> found) {
        for (Map.Entry<String, Object> entry : patch) {
            String pointer = at + "/" + FieldRules.escaped(entry.getKey());
            boolean moved = pointer.equals("/requirements/nodeId");
            if (entry.getValue() == null || moved) {
                continue;
            }
            Object taken = read.getValue(entry.getKey());
            if (taken == null) {
                boolean empty = entry.getValue() instanceof JsonObject object
                        && object.stream().allMatch(inner -> inner.getValue() == null);
                if (!empty) {
                    found.add(new Failure.FieldError(pointer, "is no field of a deployment"));
                }
            } else if (entry.getValue() instanceof JsonObject inner && taken instanceof JsonObject innerRead) {
                unknown(inner, innerRead, pointer, found);
            }
        }
    }
}
