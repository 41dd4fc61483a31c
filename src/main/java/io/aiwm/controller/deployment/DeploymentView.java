package io.aiwm.controller.deployment;

import io.aiwm.common.Json;
import io.aiwm.controller.secret.SecretValues;
import io.aiwm.protocol.ContainerSpec;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** A deployment as users see it: flat, and without secrets. */
public final class DeploymentView {
    private DeploymentView() {}

    /** The execution that its newest action made, the first of several; null where that action needed none. */
    public static String execution(Deployment deployment) {
        return deployment.all().stream()
                .filter(DeploymentView::isWorkedOn)
                .map(Instance::lastExecutionId)
                .findFirst()
                .orElse(null);
    }

    private static boolean isWorkedOn(Instance one) {
        boolean nothingToRemove = (one.status() == ReplicaState.DELETING || one.status() == ReplicaState.STOPPING)
                && one.endingFirst() == null
                && ReplicaPlans.holders(one).isEmpty();
        return one.status().isTransitional() && !nothingToRemove;
    }

    /** The answer to an action: with what carries it out. */
    public static JsonObject acted(Deployment deployment) {
        var json = of(deployment);
        String first = execution(deployment);
        if (first != null) {
            json.put("executionId", first)
                    .put(
                            "executionIds",
                            new JsonArray(deployment.all().stream()
                                    .filter(DeploymentView::isWorkedOn)
                                    .map(Instance::lastExecutionId)
                                    .toList()));
        }
        return json;
    }

    public static JsonObject of(Deployment deployment) {
        var json = new JsonObject()
                .put("id", deployment.id())
                .put("version", deployment.version())
                .put("name", deployment.name())
                .put("status", deployment.status().name())
                .put("statusReason", deployment.statusReason())
                .put("desired", deployment.desired().name())
                .put("replicas", deployment.replicas())
                .put("readyReplicas", deployment.ready())
                .put("spec", spec(deployment.made().said()))
                .put("model", model(deployment.model()))
                .put("engine", deployment.engine() == null ? null : Json.toObject(deployment.engine()))
                .put("effectiveSpec", deployment.engine() == null ? null : spec(deployment.spec()))
                .put("estimate", deployment.memory() == null ? null : Json.toObject(deployment.memory()))
                .put("requirements", requirements(deployment.placement()))
                .put("onNodeLost", deployment.placement().onNodeLost().wire())
                // the old word for the two before, until version 0.3
                .put("placement", Json.toObject(deployment.placement()))
                .put("maxPerNode", deployment.placement().maxPerNode())
                .put("generation", deployment.generation())
                .put("update", deployment.update() == null ? null : Json.toObject(deployment.update()))
                .put("autoscale", deployment.autoscale() == null ? null : Json.toObject(deployment.autoscale()))
                .put("scaling", deployment.scaling() == null ? null : Json.toObject(deployment.scaling()))
                .put("rollout", deployment.rollout() == null ? null : Json.toObject(deployment.rollout()))
                .put(
                        "instances",
                        new JsonArray(deployment.instances().stream()
                                .map(DeploymentView::instance)
                                .toList()))
                .put("lastExecutionId", deployment.lastExecutionId())
                .put("createdAt", deployment.createdAt().toString())
                .put("updatedAt", deployment.updatedAt().toString())
                .put("nodeId", deployment.nodeId());
        return withoutNulls(container(json, deployment.container()));
    }

    /** Without secrets. @param spec null: nothing was said of it */
    static JsonObject spec(ContainerSpec spec) {
        return spec == null ? null : SecretValues.masked(Json.toObject(spec));
    }

    /** As it was asked for, with the number of the version that this meant. @param model null: none */
    static JsonObject model(DeploymentModel model) {
        if (model == null) {
            return null;
        }
        JsonObject said = SecretValues.masked(Json.toObject(model.said()));
        return model.isKept() ? said.put("number", model.number()) : said;
    }

    private static JsonObject instance(Replica replica) {
        var json = new JsonObject()
                .put("index", replica.index())
                .put("generation", replica.generation())
                .put("state", replica.state().name())
                .put("ready", replica.isReady())
                .put("reason", replica.statusReason())
                .put(
                        "reasonCode",
                        replica.reasonCode() == null
                                ? null
                                : replica.reasonCode().name())
                .put("nodeId", replica.nodeId())
                .put("addresses", replica.isReady() ? addresses(replica.container()) : null)
                .put("failures", replica.failures())
                .put(
                        "retryAt",
                        replica.retryAt() == null ? null : replica.retryAt().toString())
                .put("since", replica.since() == null ? null : replica.since().toString())
                .put("lastExecutionId", replica.lastExecutionId());
        return withoutNulls(container(json, replica.container()));
    }

    /** Where its published ports are reached; those that its node publishes for itself alone have a loopback address. */
    private static JsonArray addresses(Deployment.Container container) {
        return new JsonArray(container.ports().stream()
                .filter(port -> port.hostPort() != null)
                .map(port -> new JsonObject()
                        .put("containerPort", port.containerPort())
                        .put("address", host(port.hostIp()) + ":" + port.hostPort()))
                .toList());
    }

    private static String host(String ip) {
        String host = ip == null || ip.isEmpty() ? "0.0.0.0" : ip;
        return host.contains(":") ? "[" + host + "]" : host;
    }

    /** @param container null: there is none */
    private static JsonObject container(JsonObject json, Deployment.Container container) {
        json.put("ports", container == null ? new JsonArray() : Json.toArray(container.ports()));
        return container == null
                ? json
                : json.put("containerId", container.containerId())
                        .put("commandId", container.commandId())
                        .put("containerState", container.state())
                        .put("health", container.health())
                        .put("exitCode", container.exitCode())
                        .put("oomKilled", container.oomKilled())
                        .put("restarts", container.restarts())
                        .put("image", image(container.image()));
    }

    private static JsonObject withoutNulls(JsonObject json) {
        json.getMap().values().removeIf(java.util.Objects::isNull);
        return json;
    }

    /** Null where the worker does not say. */
    private static JsonObject image(ContainerImage image) {
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
