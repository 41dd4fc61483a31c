package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.controller.deployment.Deployment.Desired;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepState;
import io.aiwm.protocol.NodeRegister;
import io.vertx.core.Future;
import java.time.InstantSource;

/**
 * A container whose node was lost, and which that node brings back before anybody has taken it over: it counts again, and
 * what was to replace it is cancelled.
 */
final class ContainerAdoption {
    private final ReplicaRecords records;
    private final Executions executions;
    private final InstantSource clock;

    ContainerAdoption(ReplicaRecords records, Executions executions, InstantSource clock) {
        this.records = records;
        this.executions = executions;
        this.clock = clock;
    }

    /** @return whether it counts again */
    Future<Boolean> adopts(Instance seen, String nodeId, NodeRegister.Running brought) {
        if (!mayCount(seen, nodeId, brought)) {
            return Future.succeededFuture(false);
        }
        return free(seen.lastExecutionId(), nodeId)
                .compose(free -> free && seen.endingFirst() != null
                        ? free(seen.endingFirst(), nodeId)
                        : Future.succeededFuture(free))
                .compose(free -> free ? intended(seen, nodeId, brought) : Future.succeededFuture(false))
                .compose(intended -> intended
                        ? ended(seen, nodeId).compose(ended -> counts(seen, nodeId, brought))
                        : Future.succeededFuture(false));
    }

    private static boolean mayCount(Instance seen, String nodeId, NodeRegister.Running brought) {
        boolean waits = seen.status() == ReplicaState.DEPLOYING || seen.status() == ReplicaState.FAILED;
        return waits
                && seen.desired() == Desired.RUNNING
                && seen.container() == null
                && seen.lost() != null
                && seen.lost().nodeId().equals(nodeId)
                && seen.lost().commandId().equals(brought.commandId())
                && ContainerState.RUNNING.is(brought.state());
    }

    /** Whether nothing that this execution has made or makes takes over. One that does not exist yet has made nothing. */
    private Future<Boolean> free(String executionId, String nodeId) {
        return executions
                .get(executionId)
                .map(execution -> execution.steps().stream().noneMatch(step -> takesOver(step, nodeId)))
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(true)
                        : Future.failedFuture(cause));
    }

    /** Says first what the cancel means: who sees the execution end must not take it for a failure. */
    private Future<Boolean> intended(Instance seen, String nodeId, NodeRegister.Running brought) {
        return records.update(
                        seen,
                        fresh -> isSame(fresh, seen, nodeId, brought)
                                ? fresh.change().adopting().done()
                                : fresh)
                .map(after -> isSame(after, seen, nodeId, brought));
    }

    private static boolean isSame(Instance fresh, Instance seen, String nodeId, NodeRegister.Running brought) {
        return mayCount(fresh, nodeId, brought) && fresh.lastExecutionId().equals(seen.lastExecutionId());
    }

    private Future<Void> ended(Instance seen, String nodeId) {
        return ended(seen, seen.lastExecutionId(), nodeId)
                .compose(last -> seen.endingFirst() == null
                        ? Future.succeededFuture()
                        : ended(seen, seen.endingFirst(), nodeId));
    }

    /** Succeeds when nobody makes another container by this execution any more. */
    private Future<Void> ended(Instance seen, String executionId, String nodeId) {
        return executions
                .get(executionId)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        // not made yet, and its maker may still be about to: from now on it finds this one
                        ? executions.create(ReplicaPlans.neverToRun(seen, executionId), Deployments.SYSTEM)
                        : Future.failedFuture(cause))
                .compose(execution -> execution.status().isFinal()
                        ? Future.succeededFuture()
                        : executions
                                .cancel(executionId, "node " + nodeId + " is back with it", Deployments.SYSTEM)
                                .mapEmpty());
    }

    /** What was just given to the node that is only registering has not reached it: it hears of the cancel first. */
    private static boolean takesOver(Step step, String nodeId) {
        return ContainerOutcome.makes(step)
                && (step.status() == StepState.COMPLETED
                        || step.status() == StepState.RUNNING
                        || (step.status() == StepState.ASSIGNED && !nodeId.equals(step.nodeId())));
    }

    private Future<Boolean> counts(Instance seen, String nodeId, NodeRegister.Running brought) {
        return records.update(
                        seen,
                        fresh -> isSame(fresh, seen, nodeId, brought)
                                ? ReplicaTransitions.adopted(fresh, clock.instant())
                                        .change()
                                        .endedFirst()
                                        .done()
                                : fresh)
                .map(after -> ReplicaTransitions.isCurrent(after, nodeId, brought.commandId()));
    }
}
