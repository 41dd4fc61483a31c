package io.aiwm.controller.deployment;

import io.aiwm.controller.execution.OnNodeLost;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.secret.SecretValues;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.Json;

/**
 * What a user asks for. Checked by {@link DeploymentRules}.
 *
 * @param replicas null or 1
 * @param nodeId run exactly there; null: placed by {@code requires} and by what the spec needs
 * @param onNodeLost null: reschedule
 */
public record DeploymentRequest(
        String name,
        ContainerSpec spec,
        Deployment.Model model,
        Integer replicas,
        String nodeId,
        Requires requires,
        OnNodeLost onNodeLost) {

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
                requires,
                onNodeLost);
    }

    Deployment.Placement placement() {
        return new Deployment.Placement(nodeId, requires, onNodeLost);
    }
}
