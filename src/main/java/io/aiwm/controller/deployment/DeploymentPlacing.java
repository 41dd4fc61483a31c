package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.scheduler.DryRun;
import io.aiwm.controller.scheduler.Scheduler;

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
        StepSpec asks = DeploymentPlans.of(deployments.checked("dep", request, Deployments.SYSTEM)).steps().stream()
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
}
