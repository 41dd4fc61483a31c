package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.controller.model.ReplicaUses;
import io.aiwm.controller.model.ReplicaUses.Served;
import io.vertx.core.Future;

/** Says which version of a model a container serves, by the generation of its replica: an update changes it for others first. */
public final class ServedVersions implements ReplicaUses.Serving {
    private final Deployments deployments;

    public ServedVersions(Deployments deployments) {
        this.deployments = deployments;
    }

    @Override
    public Future<Served> by(String deploymentId, String containerId) {
        return deployments
                .get(deploymentId)
                .map(found -> served(found, containerId))
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture()
                        : Future.failedFuture(cause));
    }

    private static Served served(Deployment deployment, String containerId) {
        return deployment.instances().stream()
                .filter(replica -> replica.container() != null
                        && containerId.equals(replica.container().containerId()))
                .findFirst()
                .map(replica -> served(deployment.revision(replica.generation())))
                .orElse(null);
    }

    private static Served served(Revision made) {
        boolean measurable = made != null
                && made.engine() != null
                && made.model() != null
                && made.model().number() != null;
        return measurable
                ? new Served(
                        made.model().id(), made.model().number(), made.engine().asEstimate(gpus(made)))
                : null;
    }

    private static int gpus(Revision made) {
        return made.memory() == null || made.memory().gpuMemoryBytes() == null
                ? 0
                : made.memory().gpuMemoryBytes().size();
    }
}
