package io.aiwm.controller.deployment;

import io.aiwm.controller.deployment.Deployment.Container;
import io.aiwm.controller.deployment.Deployment.Desired;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.store.Records;
import io.aiwm.protocol.Failure;
import io.aiwm.protocol.NodeRegister;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.List;

/**
 * A container whose node was lost, and which that node brings back before anybody has taken it over: it counts again, and
 * what was to replace it is cancelled.
 */
final class Adoption {
    private final Records<Deployment> records;
    private final Executions executions;
    private final InstantSource clock;

    Adoption(Records<Deployment> records, Executions executions, InstantSource clock) {
        this.records = records;
        this.executions = executions;
        this.clock = clock;
    }

    /** @return whether it counts again */
    Future<Boolean> adopts(Deployment seen, String nodeId, NodeRegister.Running brought) {
        if (!mayCount(seen, nodeId, brought)) {
            return Future.succeededFuture(false);
        }
        return ended(seen, seen.lastExecutionId(), nodeId)
                .compose(free -> free && seen.endingFirst() != null
                        ? ended(seen, seen.endingFirst(), nodeId)
                        : Future.succeededFuture(free))
                .compose(free -> free ? counts(seen, nodeId, brought) : Future.succeededFuture(false));
    }

    private static boolean mayCount(Deployment seen, String nodeId, NodeRegister.Running brought) {
        boolean waits = seen.status() == DeploymentState.DEPLOYING || seen.status() == DeploymentState.FAILED;
        return waits
                && seen.desired() == Desired.RUNNING
                && seen.container() == null
                && seen.lost() != null
                && seen.lost().nodeId().equals(nodeId)
                && seen.lost().commandId().equals(brought.commandId())
                && "running".equals(brought.state());
    }

    /** @return whether nobody makes another container by this execution, now or ever */
    private Future<Boolean> ended(Deployment seen, String executionId, String nodeId) {
        return executions
                .get(executionId)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        // not made yet, and its maker may still be about to: from now on it finds this one
                        ? executions.create(DeploymentPlans.neverToRun(seen, executionId), Deployments.SYSTEM)
                        : Future.failedFuture(cause))
                .compose(execution -> {
                    if (execution.steps().stream().anyMatch(step -> takesOver(step, nodeId))) {
                        return Future.succeededFuture(false);
                    }
                    return execution.status().isFinal()
                            ? Future.succeededFuture(true)
                            : executions
                                    .cancel(executionId, "node " + nodeId + " is back with it", Deployments.SYSTEM)
                                    .map(true);
                });
    }

    /** What was just given to the node that is only registering has not reached it: it hears of the cancel first. */
    private static boolean takesOver(Step step, String nodeId) {
        return Reflection.makes(step)
                && (step.status() == StepState.COMPLETED
                        || step.status() == StepState.RUNNING
                        || (step.status() == StepState.ASSIGNED && !nodeId.equals(step.nodeId())));
    }

    private Future<Boolean> counts(Deployment seen, String nodeId, NodeRegister.Running brought) {
        return records.update(seen.id(), fresh -> {
                    boolean same = mayCount(fresh, nodeId, brought)
                            && fresh.lastExecutionId().equals(seen.lastExecutionId());
                    if (!same) {
                        return fresh;
                    }
                    Container back = fresh.lost().running();
                    return Reflection.settled(
                            fresh.change()
                                    .container(back)
                                    .traced(List.of())
                                    .endedFirst()
                                    .seen(null)
                                    .at(clock.instant()),
                            back,
                            null);
                })
                .map(after -> Reflection.isCurrent(after, nodeId, brought.commandId()));
    }
}
