package io.aiwm.controller.deployment;

import io.aiwm.controller.deployment.Deployment.Desired;
import java.time.Instant;
import java.util.List;

/** The first record of a deployment. */
final class NewDeployment {
    private NewDeployment() {}

    /** @param made what its containers will be made of */
    static Deployment of(String id, DeploymentRequest request, ResolvedSpec made, String actor, Instant now) {
        return DeploymentBuilder.builder()
                .id(id)
                .version(1)
                .name(request.name())
                .spec(made.spec())
                .model(made.model())
                .engine(made.engine())
                .asked(made.asked())
                .memory(made.memory())
                .placement(request.placement())
                .replicas(request.replicas() == null ? 1 : request.replicas())
                .desired(Desired.RUNNING)
                .update(request.update())
                .autoscale(request.autoscale())
                .generation(1)
                .goodGeneration(1)
                .revisions(List.of(Revisions.first(made, now, actor)))
                .actor(actor)
                .createdAt(now)
                .updatedAt(now)
                .build();
    }
}
