package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.controller.scheduler.DryRun;
import io.aiwm.controller.scheduler.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** What the scheduler says of a deployment that is not there yet. Nothing is promised. */
public final class DeploymentPlacing {
    private final Deployments deployments;
    private final Scheduler scheduler;

    public DeploymentPlacing(Deployments deployments, Scheduler scheduler) {
        this.deployments = deployments;
        this.scheduler = scheduler;
    }

    /** Fails with UNPROCESSABLE when it is wrong, or when no node of the fleet as it is can ever run it. */
    public Future<Void> refuseWhatCanNeverRun(DeploymentRequest request) {
        return deployments.made(request).map(made -> {
            Deployment planned = deployments.planned("dep", request, made, Deployments.SYSTEM);
            DryRun plan = placed(planned, 1);
            if (plan != null && plan.isHopeless()) {
                throw Failure.unprocessable(
                        request.nodeId() == null ? "/requirements" : "/nodeId",
                        plan.shortOf().message());
            }
            return null;
        });
    }

    /** What creating this would do; nothing is stored. Fails with UNPROCESSABLE when it is wrong. */
    public Future<JsonObject> plan(DeploymentRequest request) {
        return deployments.made(request).map(made -> {
            Deployment planned = deployments.planned("dep", request, made, Deployments.SYSTEM);
            return RolloutView.plan(null, planned, placed(planned, planned.replicas()));
        });
    }

    /** What replacing an existing one by this would do; nothing is stored. */
    public Future<JsonObject> plan(Deployment before, DeploymentRequest asked) {
        DeploymentRequest request = asked.restored(before);
        return deployments.made(request).map(made -> {
            Deployment after = Revisions.wanted(before, request, made, Deployments.SYSTEM, before.updatedAt());
            int more = after.generation() == before.generation()
                    ? after.replicas() - before.replicas()
                    : after.replicas() - before.replicas() + after.policy().surge();
            return RolloutView.plan(
                    before,
                    after,
                    more <= 0
                            ? null
                            : placed(deployments.planned(before.id(), request, made, Deployments.SYSTEM), more));
        });
    }

    private DryRun placed(Deployment made, int copies) {
        return made.instances().isEmpty() || copies == 0
                ? null
                : ReplicaPlans.of(made.instance(0)).steps().stream()
                        .filter(step -> step.requires() != null)
                        .findFirst()
                        .map(step -> scheduler.plan(step, copies))
                        .orElse(null);
    }
}
