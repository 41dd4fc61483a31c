package io.aiwm.controller.deployment;

import io.aiwm.common.Json;
import io.aiwm.controller.secret.SecretValues;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** A deployment as users see it: flat, and without secrets. */
public final class DeploymentView {
    private DeploymentView() {}

    /** The execution its newest action made; null where that action needed none. */
    public static String execution(Deployment deployment) {
        boolean nothingToRemove =
                (deployment.status() == DeploymentState.DELETING || deployment.status() == DeploymentState.STOPPING)
                        && deployment.endingFirst() == null
                        && DeploymentPlans.holders(deployment).isEmpty();
        return deployment.status().isTransitional() && !nothingToRemove ? deployment.lastExecutionId() : null;
    }

    public static JsonObject of(Deployment deployment) {
        var container = deployment.container();
        var json = new JsonObject()
                .put("id", deployment.id())
                .put("version", deployment.version())
                .put("name", deployment.name())
                .put("status", deployment.status().name())
                .put("statusReason", deployment.statusReason())
                .put("desired", deployment.desired().name())
                .put("replicas", deployment.replicas())
                .put("spec", SecretValues.masked(Json.toObject(deployment.spec())))
                .put(
                        "model",
                        deployment.model() == null ? null : SecretValues.masked(Json.toObject(deployment.model())))
                .put("requirements", requirements(deployment.placement()))
                .put("onNodeLost", deployment.placement().onNodeLost().wire())
                // the old word for the two before, until version 0.3
                .put("placement", Json.toObject(deployment.placement()))
                .put("lastExecutionId", deployment.lastExecutionId())
                .put("createdAt", deployment.createdAt().toString())
                .put("updatedAt", deployment.updatedAt().toString());
        json.put("nodeId", deployment.nodeId());
        json.put("ports", container == null ? new JsonArray() : Json.toArray(container.ports()));
        if (container != null) {
            json.put("containerId", container.containerId())
                    .put("commandId", container.commandId())
                    .put("containerState", container.state())
                    .put("health", container.health())
                    .put("exitCode", container.exitCode())
                    .put("oomKilled", container.oomKilled())
                    .put("restarts", container.restarts())
                    .put("image", image(container.image()));
        }
        json.getMap().values().removeIf(java.util.Objects::isNull);
        return json;
    }

    /** Null where the worker does not say. */
    private static JsonObject image(Deployment.Image image) {
        if (image == null) {
            return null;
        }
        var json = new JsonObject().put("id", image.id());
        return image.tagId() == null ? json : json.put("tagId", image.tagId()).put("moved", image.moved());
    }

    /** As those of jobs; null when there are none. */
    private static JsonObject requirements(Deployment.Placement placement) {
        if (placement.requires() == null && placement.nodeId() == null) {
            return null;
        }
        JsonObject json = placement.requires() == null ? new JsonObject() : Json.toObject(placement.requires());
        return placement.nodeId() == null ? json : json.put("nodeId", placement.nodeId());
    }
}
