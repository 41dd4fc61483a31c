package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.scheduler.DryRun;
import io.aiwm.controller.scheduler.Scheduler;
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
    public void refuseWhatCanNeverRun(DeploymentRequest request) {
        StepSpec asks =
                ReplicaPlans.of(deployments
                                .checked("dep", request, Deployments.SYSTEM)
                                .instance(0))
                        .steps()
                        .stream()
                        .filter(step -> step.requires() != null)
                        .findFirst()
                        .orElseThrow();
        DryRun plan = scheduler.plan(asks, 1);
        if (plan.isHopeless()) {
            throw Failure.unprocessable(
                    request.nodeId() == null ? "/requirements" : "/nodeId",
                    plan.shortOf().message());
        }
    }

    /** What creating this would do; nothing is stored. Fails with UNPROCESSABLE when it is wrong. */
    public JsonObject plan(DeploymentRequest request) {
        Deployment made = deployments.checked("dep", request, Deployments.SYSTEM);
        return RolloutView.plan(null, made, placed(made, made.replicas()));
    }

    /** What replacing an existing one by this would do; nothing is stored. */
    public JsonObject plan(Deployment before, DeploymentRequest asked) {
        DeploymentRequest request = asked.restored(before);
        DeploymentRules.check(request);
        Deployment after = Revisions.wanted(before, request, Deployments.SYSTEM, before.updatedAt());
        int more = after.generation() == before.generation()
                ? after.replicas() - before.replicas()
                : after.replicas() - before.replicas() + after.policy().surge();
        return RolloutView.plan(
                before,
                after,
                more <= 0 ? null : placed(deployments.checked("dep", request, Deployments.SYSTEM), more));
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
