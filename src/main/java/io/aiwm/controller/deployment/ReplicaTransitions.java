package io.aiwm.controller.deployment;

import io.aiwm.controller.deployment.Deployment.Container;
import io.aiwm.controller.deployment.Deployment.Desired;
import io.aiwm.controller.deployment.ReasonCode.Reason;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepState;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.DeploymentStatus;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** What a replica becomes when its execution has ended or its worker reports. Pure. */
final class ReplicaTransitions {
    private ReplicaTransitions() {}

    /** The record after its last execution ended. The same instance when that is not its last, or it waits for none. */
    static Instance outcome(Instance seen, Execution ended, Instant now) {
        if (!ended.id().equals(seen.lastExecutionId())) {
            return seen;
        }
        boolean retried = seen.status() == ReplicaState.FAILED
                && seen.container() == null
                && ended.status() == ExecutionState.COMPLETED
                && ContainerOutcome.containerOf(ended) != null;
        if (retried) {
            return made(seen, ended, seen.change().at(now));
        }
        if (!seen.status().isTransitional()) {
            return seen;
        }
        if (seen.adopts()
                && seen.lost() != null
                && ended.status() == ExecutionState.CANCELLED
                && ContainerOutcome.containerOf(ended) == null) {
            return adopted(seen, now);
        }
        return ended.status() == ExecutionState.COMPLETED ? succeeded(seen, ended, now) : failed(seen, ended, now);
    }

    /** The container that its lost node has brought back counts again. */
    static Instance adopted(Instance seen, Instant now) {
        Container back = seen.lost().running();
        return settled(
                seen.change().container(back).traced(List.of()).seen(null).at(now), back, null);
    }

    private static Instance succeeded(Instance seen, Execution ended, Instant now) {
        var change = seen.change().at(now).reached().seen(null);
        return switch (seen.status()) {
            case PENDING, DEPLOYING, UPDATING -> made(seen, ended, change);
            case MOVING -> moved(seen, ended, change);
            case RESTARTING -> {
                if (ContainerOutcome.containerOf(ended) != null) {
                    yield made(seen, ended, change);
                }
                var output = ContainerOutcome.output(step(ended, CommandNames.DEPLOYMENT_RESTART));
                var restarted = ContainerOutcome.restarted(seen.container(), output);
                yield settled(change.container(restarted), restarted, null);
            }
            case STOPPING ->
                change.container(ContainerOutcome.inState(seen.container(), ContainerState.EXITED))
                        .status(ReplicaState.STOPPED)
                        .done();
            case SLEEPING -> change.asleep(true).status(ReplicaState.ASLEEP).done();
            case WAKING -> {
                var woken = ContainerOutcome.woken(seen.container(), ended);
                yield settled(change.container(woken).asleep(false), woken, null);
            }
            case DELETING, RUNNING, DEGRADED, STOPPED, ASLEEP, FAILED -> seen; // deleting is done by whoever reads this
        };
    }

    private static Instance failed(Instance seen, Execution ended, Instant now) {
        var change = seen.change().at(now).seen(null);
        String why = ExecutionEnd.why(ended);
        return switch (seen.status()) {
            case PENDING, DEPLOYING ->
                // the container before is there still, with what it kept; where a new one was tried, something may be
                // left
                change.container(ContainerOutcome.ofNextStart(seen.container()))
                        .traced(nodes(seen, ended))
                        .status(
                                ReplicaState.FAILED,
                                ExecutionEnd.startFailed(ended).because(why))
                        .done();
            case UPDATING ->
                fallenBack(
                        change.keeps(),
                        seen.container(),
                        ReasonCode.UPDATE_FAILED.because("update failed, the version before stays: " + why));
            case RESTARTING ->
                ContainerOutcome.containerOf(ended) != null
                        ? made(seen, ended, change)
                        : fallenBack(
                                change, seen.container(), ReasonCode.RESTART_FAILED.because("restart failed: " + why));
            case MOVING ->
                ContainerOutcome.containerOf(ended) != null
                        ? moved(seen, ended, change)
                        : settled(
                                change.traced(ended.nodeIds()),
                                seen.container(),
                                ReasonCode.MOVE_FAILED.because(
                                        "move failed, it stays on " + seen.nodeId() + ": " + why));
            case STOPPING -> stopFailed(seen, change, ReasonCode.STOP_FAILED.because("stop failed: " + why));
            case SLEEPING ->
                settled(
                        change,
                        seen.container(),
                        ReasonCode.SLEEP_FAILED.because("it could not be put to sleep: " + why));
            case WAKING ->
                change.asleep(seen.replica().hasGivenBack() && !ContainerOutcome.mayBeAwake(ended))
                        .status(ReplicaState.FAILED, ReasonCode.WAKE_FAILED.because("it could not be woken: " + why))
                        .done();
            case DELETING ->
                Objects.equals(seen.statusReason(), why)
                        ? seen
                        : change.status(ReplicaState.DELETING, ReasonCode.DELETE_FAILED.because(why))
                                .done();
            case RUNNING, DEGRADED, STOPPED, ASLEEP, FAILED -> seen;
        };
    }

    private static Instance stopFailed(Instance seen, ReplicaChange change, ReasonCode.Reason why) {
        return seen.container() == null
                ? change.status(ReplicaState.FAILED, why).done()
                : settled(change, seen.container(), why);
    }

    /** The record after a report about the container that counts; the same instance when nothing changed. */
    static Instance reported(Instance seen, String nodeId, DeploymentStatus report, Instant now) {
        var container = seen.container();
        if (!isCurrent(seen, nodeId, report.commandId())) {
            return seen;
        }
        var fresh = ContainerOutcome.imageAs(
                        container,
                        ContainerOutcome.endedAs(
                                container, ContainerOutcome.reported(nodeId, report, container.ports())))
                .with(container.claim());
        var change = seen.change().container(fresh).at(now);
        if (!fresh.equals(container) && fresh.with(container.image()).equals(container)) {
            return change.done(); // a tag that is moved says nothing of how the container is
        }
        if (seen.status().isTransitional()) {
            return fresh.equals(container) ? seen : change.done();
        }
        if (seen.status() == ReplicaState.ASLEEP) {
            return asleep(seen, fresh, change);
        }
        if (seen.desired() == Desired.STOPPED) {
            boolean ended = !runs(fresh);
            if (ended && seen.status() != ReplicaState.STOPPED) {
                return change.status(ReplicaState.STOPPED).done();
            }
            return fresh.equals(container) ? seen : change.done();
        }
        if (seen.status() == ReplicaState.STOPPED) { // only a start leads out of it
            return fresh.equals(container) ? seen : change.done();
        }
        if (failedOtherwise(seen) && !runs(fresh)) { // that its container has ended is not why
            return fresh.equals(container) ? seen : change.done();
        }
        // that the container from before the update runs does not undo that the update has failed
        boolean keepsReason = seen.reasonCode() == ReasonCode.UPDATE_FAILED
                && ContainerMeaning.of(fresh).isGood();
        var next = settled(change, fresh, keepsReason ? seen.reason() : null);
        boolean same = fresh.equals(container)
                && next.status() == seen.status()
                && Objects.equals(next.statusReason(), seen.statusReason());
        return same ? seen : next;
    }

    /** How well it is says nothing while it sleeps; one that has ended, or was started again, is not what slept. */
    private static Instance asleep(Instance seen, Container fresh, ReplicaChange change) {
        boolean same = runs(fresh) && restarts(fresh) <= restarts(seen.container());
        if (same) {
            return fresh.equals(seen.container()) ? seen : change.done();
        }
        return change.asleep(false)
                .status(ReplicaState.FAILED, ReasonCode.WAKE_FAILED.because("its container ended while it slept"))
                .done();
    }

    private static int restarts(Container container) {
        return container.restarts() == null ? 0 : container.restarts();
    }

    /** Whether it is FAILED for another reason than the end of its container, such as a start that came to nothing. */
    private static boolean failedOtherwise(Instance seen) {
        return seen.status() == ReplicaState.FAILED
                && !runs(seen.container())
                && seen.reasonCode() != ReasonCode.CONTAINER_ENDED
                && seen.reasonCode() != ReasonCode.CONTAINER_REMOVED;
    }

    /** Remembers a report about the container that the open execution is making; its result comes later. */
    static Instance sighted(Instance seen, String nodeId, DeploymentStatus report, Instant now) {
        var fresh = ContainerOutcome.reported(nodeId, report, List.of());
        return fresh.equals(seen.seen())
                ? seen
                : seen.change().seen(fresh).at(now).done();
    }

    static boolean isCurrent(Instance deployment, String nodeId, String commandId) {
        var container = deployment.container();
        return container != null
                && container.nodeId().equals(nodeId)
                && container.commandId().equals(commandId);
    }

    /** Puts the change into the state that its container's state means. @param note said instead of that state's reason */
    static Instance settled(ReplicaChange change, Container container, Reason note) {
        if (container == null) {
            return change.status(ReplicaState.FAILED, note).done();
        }
        var meaning = ContainerMeaning.of(container);
        return change.status(meaning.state(), note == null ? meaning.reason() : note)
                .done();
    }

    /**
     * The container that counts is the one from before. An update or a restart stops it, so that it has ended is not its own
     * doing, and it may run again before its worker's report arrives: such a replica is FAILED, and never STOPPED.
     */
    private static Instance fallenBack(ReplicaChange change, Container container, Reason note) {
        return container == null || !runs(container)
                ? change.status(ReplicaState.FAILED, note).done()
                : settled(change, container, note);
    }

    /** What the first step that waits, waits for; null when none does. */
    static String waitsFor(Execution execution) {
        return execution.steps().stream()
                .filter(step -> step.status() == StepState.QUEUED && step.message() != null)
                .findFirst()
                .map(Step::message)
                .orElse(null);
    }

    /** Whether its container runs although it shall not: the engine, or somebody at the engine, has started it. */
    static boolean runsUnasked(Instance seen) {
        boolean wanted = seen.desired() == Desired.RUNNING && seen.status() != ReplicaState.STOPPED;
        return !wanted && !seen.status().isTransitional() && seen.container() != null && runs(seen.container());
    }

    /** Whether it is, as far as known, up. */
    static boolean runs(Container container) {
        return container.phase().isUp();
    }

    private static Instance made(Instance seen, Execution ended, ReplicaChange change) {
        var making = ended.steps().stream()
                .filter(ContainerOutcome::makes)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(ended.id() + " makes no container"));
        var made = startedAgain(seen, making)
                ? ContainerOutcome.restarted(seen.container(), ContainerOutcome.output(making))
                        .with(making.current().claim())
                : ContainerOutcome.made(ended, making, seen.seen());
        return settled(change.container(made).traced(ended.nodeIds()), made, null);
    }

    /** Whether it is the container before, so that reports of it since then stand in the record already. */
    private static boolean startedAgain(Instance seen, Step making) {
        return isCurrent(seen, making.nodeId(), ContainerOutcome.output(making).getString("commandId"));
    }

    /** The new container counts; where the old one was, something may be left unless its removal is confirmed. */
    private static Instance moved(Instance seen, Execution ended, ReplicaChange change) {
        var moved = made(seen, ended, change);
        boolean removed = step(ended, CommandNames.DEPLOYMENT_DELETE).status() == StepState.COMPLETED;
        var traces = moved.traces().stream()
                .filter(node -> !node.equals(seen.nodeId()))
                .toList();
        var without = moved.change().traces(traces);
        return (removed ? without : without.traced(List.of(seen.nodeId()))).done();
    }

    private static Step step(Execution execution, String command) {
        return execution.steps().stream()
                .filter(step -> step.spec().command().equals(command))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(execution.id() + " has no step " + command));
    }

    private static List<String> nodes(Instance seen, Execution ended) {
        return Stream.concat(Stream.ofNullable(seen.nodeId()), ended.nodeIds().stream())
                .toList();
    }
}
