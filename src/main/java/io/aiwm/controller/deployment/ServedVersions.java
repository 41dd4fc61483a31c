package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.controller.deployment.engine.EngineSpec;
import io.aiwm.controller.model.ReplicaUses;
import io.aiwm.controller.model.ReplicaUses.Served;
import io.aiwm.controller.model.estimate.EngineKind;
import io.aiwm.protocol.ContainerSpec;
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
                .map(replica -> deployment.revision(replica.generation()))
                .filter(ServedVersions::isMeasurable)
                .map(made -> new Served(
                        made.model().id(),
                        made.model().number(),
                        made.engine()
                                .asEstimate(DeploymentRequest.gpus(
                                        made.spec(), deployment.placement().requires()))))
                .orElse(null);
    }

    /** With other arguments it has perhaps another context than the engine's fields say. */
    private static boolean isMeasurable(Revision made) {
        EngineSpec engine = made.engine();
        ContainerSpec asked = made.asked();
        return engine != null
                && engine.type() != EngineKind.custom
                && (engine.args() == null || engine.args().isEmpty())
                && (asked == null || (asked.command() == null && asked.entrypoint() == null))
                && made.model() != null
                && made.model().number() != null;
    }
}
