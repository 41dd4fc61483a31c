package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.deployment.Deployment.Container;
import io.aiwm.controller.deployment.Deployment.Desired;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.DeploymentStatus;
import io.aiwm.protocol.DeploymentStatusBuilder;
import io.aiwm.protocol.NodeRegister;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What becomes of a replica by what is seen of it: its container on a node, its execution that waits. */
final class ContainerReports {
    private static final Logger LOG = LoggerFactory.getLogger(ContainerReports.class);

    private final ReplicaRecords records;
    private final ReplicaReconciler single;
    private final Executions executions;
    private final InstantSource clock;
    private final ContainerAdoption adoption;

    ContainerReports(ReplicaRecords records, ReplicaReconciler single, Executions executions, InstantSource clock) {
        this.single = single;
        this.records = records;
        this.executions = executions;
        this.clock = clock;
        this.adoption = new ContainerAdoption(records, executions, clock);
    }

    /**
     * A worker says what a container does. Of another node, or of an old command, it changes nothing. Succeeds with the record
     * as it is then; null where there is none.
     */
    Future<Instance> reported(String nodeId, DeploymentStatus report) {
        if (report.deploymentId() == null || report.commandId() == null) {
            return Future.succeededFuture();
        }
        return records.update(
                        report.deploymentId(),
                        index(report.replica()),
                        seen -> ReplicaTransitions.reported(seen, nodeId, report, clock.instant()))
                .compose(seen -> beingMade(seen, nodeId, report.commandId())
                        .compose(making -> making
                                ? records.update(
                                        seen,
                                        fresh -> seen.lastExecutionId().equals(fresh.lastExecutionId())
                                                        && fresh.status().isTransitional()
                                                ? ReplicaTransitions.sighted(fresh, nodeId, report, clock.instant())
                                                : ReplicaTransitions.reported(fresh, nodeId, report, clock.instant()))
                                : Future.succeededFuture(seen)))
                .recover(Deployments::gone);
    }

    /**
     * Whether a container that a registering node brought is to be kept: false for one of a deleted, moved, superseded or
     * unknown deployment. Also takes what it says of what that container does. One of a deployment that lost its node, and
     * that nobody has taken over, counts again.
     */
    Future<Boolean> keeps(String nodeId, NodeRegister.Running brought) {
        if (brought.deploymentId() == null) {
            return Future.succeededFuture(true);
        }
        return records.get(brought.deploymentId(), index(brought.replica()))
                .compose(seen -> {
                    if (seen.status() == ReplicaState.DELETING) {
                        return Future.succeededFuture(false);
                    }
                    if (ReplicaTransitions.isCurrent(seen, nodeId, brought.commandId())) {
                        // one that shall not run stays too: an execution stops it, and does not remove it
                        return taken(seen, nodeId, brought).map(true);
                    }
                    return beingMade(seen, nodeId, brought.commandId())
                            .compose(making ->
                                    making ? Future.succeededFuture(true) : adoption.adopts(seen, nodeId, brought));
                })
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? ofExecutionAlone(nodeId, brought.commandId())
                        : Future.failedFuture(cause));
    }

    /**
     * Takes a wanted container as a report. How one ended a registration does not say: that is judged by the worker's report,
     * which follows at once. What the record cannot take changes nothing about the container's being kept.
     */
    private Future<Void> taken(Instance seen, String nodeId, NodeRegister.Running brought) {
        boolean known = Objects.equals(brought.state(), seen.container().state());
        boolean endedSince = !known && ContainerState.EXITED.is(brought.state()) && seen.desired() == Desired.RUNNING;
        return endedSince
                ? Future.succeededFuture()
                : reported(nodeId, known ? reportAgain(brought, seen.container()) : report(brought))
                        .<Void>mapEmpty()
                        .recover(cause -> {
                            if (Failure.of(cause).retryable()) {
                                return Future.failedFuture(cause);
                            }
                            LOG.warn("deployment {} does not take what node {} brought", seen.id(), nodeId, cause);
                            return Future.succeededFuture();
                        });
    }

    /** A container that says no number is the one of a deployment that has one. */
    private static int index(Integer replica) {
        return replica == null ? 0 : replica;
    }

    /** Whether a container without a deployment belongs to an execution that a user made by hand. */
    private Future<Boolean> ofExecutionAlone(String nodeId, String commandId) {
        var command = CommandId.parse(commandId);
        if (command == null) {
            return Future.succeededFuture(false);
        }
        return executions
                .get(command.executionId())
                .map(execution -> !ReplicaPlans.RESOURCE_TYPE.equals(execution.resourceType())
                        && holds(execution, command, nodeId))
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(false)
                        : Future.failedFuture(cause));
    }

    /** Why an execution waits is why its deployment does. */
    void waits(Execution before, Execution after) {
        boolean concerns = ReplicaPlans.RESOURCE_TYPE.equals(after.resourceType()) && after.resourceId() != null;
        if (!concerns || after.status().isFinal()) {
            return;
        }
        String why = ReplicaTransitions.waitsFor(after);
        if (!Objects.equals(why, before == null ? null : ReplicaTransitions.waitsFor(before))) {
            records.update(
                            after.resourceId(),
                            ReplicaPlans.replicaOf(after),
                            seen -> isUnderWay(seen, after)
                                    ? seen.change()
                                            .status(seen.status(), why == null ? null : ReasonCode.WAITING.because(why))
                                            .at(clock.instant())
                                            .done()
                                    : seen)
                    .recover(Deployments::gone)
                    .onFailure(
                            cause -> LOG.debug("deployment {} does not say why it waits", after.resourceId(), cause));
        }
    }

    private static boolean isUnderWay(Instance seen, Execution execution) {
        return seen.status().isTransitional()
                && execution.id().equals(seen.lastExecutionId())
                && seen.endingFirst() == null;
    }

    /** Whether the deployment's open (or just completed) execution gave this command to this node. */
    private Future<Boolean> beingMade(Instance seen, String nodeId, String commandId) {
        var command = CommandId.parse(commandId);
        if (ReplicaTransitions.isCurrent(seen, nodeId, commandId)
                || command == null
                || !command.executionId().equals(seen.lastExecutionId())
                || seen.endingFirst() != null) {
            return Future.succeededFuture(false);
        }
        return executions.get(command.executionId()).map(execution -> holds(execution, command, nodeId));
    }

    /** Whether this is the step's newest attempt, given to that node, and has not come to nothing. */
    private static boolean holds(Execution execution, CommandId command, String nodeId) {
        if (command.stepIndex() >= execution.steps().size() || command.stepIndex() < 0) {
            return false;
        }
        var step = execution.steps().get(command.stepIndex());
        boolean ended = switch (step.status()) {
            case FAILED, TIMEOUT, CANCELLED -> true;
            case PENDING, QUEUED, ASSIGNED, RUNNING, COMPLETED -> execution.cancelAsked();
        };
        return !ended && step.attempt() == command.attempt() && nodeId.equals(step.nodeId());
    }

    /** The same for what a registering node brought. */
    Future<Deployment> stoppedAgain(NodeRegister.Running brought) {
        return records.get(brought.deploymentId(), index(brought.replica()))
                .recover(Deployments::gone)
                .compose(seen -> seen == null ? Future.succeededFuture() : stoppedAgain(seen));
    }

    /** What shall not run and does is stopped, not removed: it keeps what it wrote. Succeeds with the record; null: it is gone. */
    Future<Deployment> stoppedAgain(Instance told) {
        if (!ReplicaTransitions.runsUnasked(told)) {
            return Future.succeededFuture(told.of());
        }
        return records.update(
                        told,
                        seen -> ReplicaTransitions.runsUnasked(seen)
                                ? seen.change()
                                        .execution(Ids.next("ex"), null, Deployments.SYSTEM)
                                        .status(
                                                ReplicaState.STOPPING,
                                                ReasonCode.RAN_AGAIN.because("its container ran again"))
                                        .at(clock.instant())
                                        .done()
                                : seen)
                .compose(single::begin)
                .map(Instance::of)
                .recover(Deployments::gone);
    }

    private static DeploymentStatus report(NodeRegister.Running brought) {
        return report(brought, null, null, null, null);
    }

    /** The same state once more: what else was reported of it still holds. */
    private static DeploymentStatus reportAgain(NodeRegister.Running brought, Container known) {
        return DeploymentStatusBuilder.builder(
                        report(brought, known.health(), known.exitCode(), known.oomKilled(), known.restarts()))
                .probeFailure(known.probeFailure())
                .build();
    }

    private static DeploymentStatus report(
            NodeRegister.Running brought, String health, Integer exitCode, Boolean oomKilled, Integer restarts) {
        return DeploymentStatusBuilder.builder()
                .deploymentId(brought.deploymentId())
                .replica(brought.replica())
                .containerId(brought.containerId())
                .commandId(brought.commandId())
                .state(brought.state())
                .health(health)
                .exitCode(exitCode)
                .oomKilled(oomKilled)
                .restarts(restarts)
                .ports(brought.ports())
                .build();
    }
}
