package io.aiwm.controller.event;

import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.DeploymentState;
import io.aiwm.controller.execution.Execution;
import io.aiwm.protocol.CommandError;

/** Tells the console how work ends that nobody waits for: deployments in every resting state, other work when it fails. */
public final class OutcomeLog {
    /** What executions of deployments say of what they belong to. */
    private static final String DEPLOYMENT = "deployment";

    private final ConsoleLog console;

    public OutcomeLog(ConsoleLog console) {
        this.console = console;
    }

    /** A write of an execution. @param before null: it is new */
    public void execution(Execution before, Execution after) {
        boolean ends = after.status().isFinal() && (before == null || before.status() != after.status());
        // a deployment tells of its own, an array of its tasks
        if (!ends || DEPLOYMENT.equals(after.resourceType()) || after.parentExecutionId() != null) {
            return;
        }
        switch (after.status()) {
            case FAILED, TIMEOUT ->
                console.warn(
                        "{} {}{} {}: {} (asked for by {})",
                        Execution.JOB.equals(after.category()) ? "job" : "execution",
                        after.id(),
                        named(after.name()),
                        after.status(),
                        reason(after.error()),
                        after.notes().isEmpty()
                                ? "nobody known"
                                : after.notes().get(0).actor());
            case PENDING, RUNNING, COMPLETED, CANCELLED -> {}
        }
    }

    /** A write of a deployment. @param before null: it is new */
    public void deployment(Deployment before, Deployment after) {
        if (before != null && before.status() == after.status()) {
            return;
        }
        switch (after.status()) {
            case FAILED, DEGRADED ->
                console.warn(
                        "deployment {}{} is {}: {} (last action by {})",
                        after.id(),
                        named(after.name()),
                        after.status(),
                        after.statusReason(),
                        after.actor());
            case RUNNING, STOPPED, ASLEEP ->
                console.tell(
                        "deployment {}{} is {}{}{}",
                        after.id(),
                        named(after.name()),
                        after.status(),
                        after.status() == DeploymentState.RUNNING && after.nodeId() != null
                                ? " on node " + after.nodeId()
                                : "",
                        after.statusReason() == null ? "" : ": " + after.statusReason());
            case PENDING, DEPLOYING, STOPPING, RESTARTING, UPDATING, MOVING, DELETING -> {}
        }
    }

    private static String reason(CommandError error) {
        return error == null ? "its time was over" : error.message();
    }

    private static String named(String name) {
        return name == null ? "" : " (" + name + ")";
    }
}
