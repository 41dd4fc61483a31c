package io.aiwm.controller.deployment;

import io.aiwm.controller.execution.OnNodeLost;
import io.aiwm.controller.execution.Requires;
import io.aiwm.protocol.ContainerSpec;

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

    Deployment.Placement placement() {
        return new Deployment.Placement(nodeId, requires, onNodeLost);
    }
}
