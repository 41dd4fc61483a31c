package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.execution.OnNodeLost;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.secret.SecretValues;
import io.aiwm.protocol.ContainerSpec;
import io.vertx.core.json.JsonObject;

/**
 * What a user asks for. Checked by {@link DeploymentRules}.
 *
 * @param replicas null: 1 for a new deployment, as many as there are for one that is there
 * @param nodeId run exactly there; null: placed by {@code requirements} and by what the spec needs
 * @param onNodeLost null: reschedule
 * @param update how an update proceeds; null: one after the other, each where it is
 * @param maxPerNode how many replicas one node may have; null: any number
 */
public record DeploymentRequest(
        String name,
        ContainerSpec spec,
        Deployment.Model model,
        Integer replicas,
        String nodeId,
        Requires requirements,
        OnNodeLost onNodeLost,
        RolloutPolicy update,
        Integer maxPerNode) {

    /**
     * The body of a request. Answers show {@code nodeId} among the requirements, as those of jobs do: it is the same there.
     * Fails with UNPROCESSABLE when it is given twice.
     */
    public static DeploymentRequest of(JsonObject body) {
        if (body.getValue("requirements") instanceof JsonObject needs && needs.getValue("nodeId") != null) {
            if (body.getValue("nodeId") != null) {
                throw Failure.unprocessable("/nodeId", "is given twice: requirements.nodeId is the same");
            }
            body.put("nodeId", needs.remove("nodeId"));
            if (needs.isEmpty()) {
                body.remove("requirements");
            }
        }
        return Json.decode(body.encode(), DeploymentRequest.class);
    }

    /** With what is stored of a deployment where this has only what is shown of it. */
    DeploymentRequest restored(Deployment stored) {
        return new DeploymentRequest(
                name,
                spec == null
                        ? null
                        : Json.decode(
                                SecretValues.restored(Json.toObject(spec), Json.toObject(stored.spec())),
                                ContainerSpec.class),
                model == null || stored.model() == null
                        ? model
                        : new Deployment.Model(
                                model.id(),
                                SecretValues.restoredUrl(
                                        model.url(), stored.model().url()),
                                model.sha256()),
                replicas,
                nodeId,
                requirements,
                onNodeLost,
                update,
                maxPerNode);
    }

    public Deployment.Placement placement() {
        return new Deployment.Placement(nodeId, requirements, onNodeLost, maxPerNode);
    }
}
