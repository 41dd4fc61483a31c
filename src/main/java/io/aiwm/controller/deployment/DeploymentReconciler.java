package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.deployment.Deployment.Desired;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.OnNodeLost;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.node.NodeDirectory;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;

/**
 * Moves a deployment on by what is true now: reads its execution afresh and takes one step. Called after a write, after
 * an execution's end and by the sweep; called twice, or by two controllers at once, it does the same once.
 */
final class DeploymentReconciler {
    /** Wait between two tries to delete a container. */
    private static final Duration DELETE_AGAIN = Duration.ofSeconds(15);

    private final Records<Deployment> records;
    private final Executions executions;
    private final NodeDirectory nodes;
    private final InstantSource clock;

    DeploymentReconciler(Records<Deployment> records, Executions executions, NodeDirectory nodes, InstantSource clock) {
        this.records = records;
        this.executions = executions;
        this.nodes = nodes;
        this.clock = clock;
    }

    /** Succeeds with the record as it is then; null when it is deleted, by this or by another. */
    Future<Deployment> next(Deployment seen) {
        return unlessDeleted(seen, advance(seen));
    }

    /** A step that finds its record gone has nothing left to do; whatever else is missing is a failure. */
    private Future<Deployment> unlessDeleted(Deployment seen, Future<Deployment> step) {
        return step.recover(cause -> Failure.of(cause).kind != Failure.Kind.NOT_FOUND
                ? Future.failedFuture(cause)
                : records.get(seen.id())
                        .recover(Deployments::gone)
                        .compose(still -> still == null ? Future.succeededFuture() : Future.failedFuture(cause)));
    }

    private Future<Deployment> advance(Deployment seen) {
        if (!seen.status().isTransitional()) {
            return Future.succeededFuture(seen);
        }
        if (seen.endingFirst() != null) {
            return endFirst(seen);
        }
        if (seen.status() == DeploymentState.DELETING
                && DeploymentPlans.holders(seen).isEmpty()) {
            return records.delete(seen.id()).map(done -> null);
        }
        if (seen.status() == DeploymentState.STOPPING
                && DeploymentPlans.holders(seen).isEmpty()) {
            return records.update(
                    seen.id(),
                    fresh -> isSame(fresh, seen) && fresh.status() == DeploymentState.STOPPING
                            ? fresh.change()
                                    .status(DeploymentState.STOPPED, null)
                                    .at(clock.instant())
                                    .done()
                            : fresh);
        }
        return existing(seen.lastExecutionId()).compose(execution -> {
            if (execution == null) {
                return executions
                        .create(DeploymentPlans.of(seen), seen.actor())
                        .compose(made -> made.status().isFinal() ? ended(seen, made) : begun(seen));
            }
            if (execution.status().isFinal()) {
                return ended(seen, execution);
            }
            if (left(seen, execution)) {
                return cutShort(seen, execution, seen.nodeId());
            }
            String lost = strandedOn(seen, execution);
            if (lost == null) {
                return begun(seen);
            }
            // where the container is made and only its proxy is not told, that is lost like any other
            return DeploymentTransitions.containerOf(execution) == null
                    ? placeAnew(seen)
                    : cutShort(seen, execution, lost);
        });
    }

    /**
     * The lost node for which it waits though it may run elsewhere: the one it went back to, or to which its model was
     * downloaded. Null: none, or something of it is under way.
     */
    private String strandedOn(Deployment seen, Execution execution) {
        boolean mayLeave = seen.status() == DeploymentState.DEPLOYING
                && moves(seen)
                && execution.steps().stream().noneMatch(step -> step.status().isOpenAttempt());
        return !mayLeave
                ? null
                : execution.steps().stream()
                        .filter(step -> step.status() == StepState.QUEUED)
                        .map(step -> waitsFor(execution, step))
                        .filter(nodeId -> nodeId != null && isLost(nodeId))
                        .findFirst()
                        .orElse(null);
    }

    private static String waitsFor(Execution execution, Step step) {
        return step.spec().nodeId() == null && step.spec().sameNodeAs() != null
                ? execution.steps().get(step.spec().sameNodeAs()).nodeId()
                : step.spec().nodeId();
    }

    private Future<Deployment> placeAnew(Deployment seen) {
        return records.update(seen.id(), fresh -> {
                    if (!isSame(fresh, seen) || fresh.status() != DeploymentState.DEPLOYING) {
                        return fresh;
                    }
                    var change = fresh.change();
                    if (fresh.nodeId() != null) {
                        change.container(null).traced(List.of(fresh.nodeId()));
                    }
                    return change.execution(Ids.next("ex"), fresh.lastExecutionId(), Deployments.SYSTEM)
                            .pull(fresh.pulls())
                            .at(clock.instant())
                            .done();
                })
                .compose(this::next);
    }

    /** An execution of it has ended; only its last one, or one that had to end first, means anything. */
    Future<Deployment> after(Deployment seen, Execution execution) {
        boolean last = execution.id().equals(seen.lastExecutionId()) && seen.endingFirst() == null;
        return last ? unlessDeleted(seen, ended(seen, execution)) : next(seen);
    }

    /**
     * Whether the node it is on is gone, and nothing of what is being done to it is under way: then there is nothing to move,
     * update or restart any more, and {@code onNodeLost} decides as after any node's loss. Or it has moved, and only the old
     * container's removal is open.
     */
    private boolean left(Deployment seen, Execution execution) {
        boolean needsItsNode = seen.status() == DeploymentState.MOVING
                || seen.status() == DeploymentState.UPDATING
                || seen.status() == DeploymentState.RESTARTING;
        return needsItsNode
                && (nodes.find(seen.nodeId()) == null || isLost(seen.nodeId()))
                && (DeploymentTransitions.containerOf(execution) != null
                        || execution.steps().stream()
                                .noneMatch(step -> step.status().isOpenAttempt()));
    }

    private Future<Deployment> cutShort(Deployment seen, Execution execution, String lost) {
        return executions
                .cancel(execution.id(), silent(lost), Deployments.SYSTEM)
                .compose(ended -> ended.status().isFinal() ? ended(seen, ended) : Future.succeededFuture(seen));
    }

    private Future<Deployment> begun(Deployment seen) {
        if (seen.status() != DeploymentState.PENDING) {
            return Future.succeededFuture(seen);
        }
        return records.update(
                seen.id(),
                fresh -> isSame(fresh, seen) && fresh.status() == DeploymentState.PENDING
                        ? fresh.change()
                                .status(DeploymentState.DEPLOYING, fresh.statusReason())
                                .at(clock.instant())
                                .done()
                        : fresh);
    }

    private Future<Deployment> ended(Deployment seen, Execution execution) {
        if (seen.status() == DeploymentState.DELETING) {
            return execution.status() == ExecutionState.COMPLETED
                    ? records.delete(seen.id()).map(done -> null)
                    : deleteAgain(seen, execution);
        }
        return records.update(seen.id(), fresh -> DeploymentTransitions.outcome(fresh, execution, clock.instant()))
                .compose(after -> isSame(after, seen) ? lookAtNode(after) : Future.succeededFuture(after));
    }

    /** Cancels what is under way, and goes on when it has ended: two executions never work on one deployment. */
    private Future<Deployment> endFirst(Deployment seen) {
        String id = seen.endingFirst();
        return existing(id)
                // not made yet, and its maker may still be about to: from now on it finds this one, which does nothing
                .compose(found -> found == null
                        ? executions.create(DeploymentPlans.neverToRun(seen, id), seen.actor())
                        : Future.succeededFuture(found))
                .compose(found -> found.status().isFinal() ? Future.succeededFuture(found) : cancelled(seen, id))
                .compose(found -> found.status().isFinal()
                        ? records.update(
                                        seen.id(),
                                        fresh -> id.equals(fresh.endingFirst()) ? freed(fresh, found) : fresh)
                                .compose(this::next)
                        : Future.succeededFuture(seen));
    }

    private Future<Execution> cancelled(Deployment seen, String id) {
        return executions
                .cancel(id, "deployment is " + seen.status(), seen.actor())
                // it ended by itself meanwhile
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.CONFLICT
                        ? executions.get(id)
                        : Future.failedFuture(cause));
    }

    /** What the cancelled execution had made by then counts, so that stop and delete find it. */
    private Deployment freed(Deployment seen, Execution ended) {
        var change = seen.change().endedFirst().at(clock.instant());
        var made = DeploymentTransitions.containerOf(ended);
        boolean deletes = seen.status() == DeploymentState.DELETING;
        boolean twice =
                made != null && seen.container() != null && !made.nodeId().equals(seen.nodeId());
        if (twice && seen.status() == DeploymentState.STOPPING) {
            // it was being moved: neither of the two may stay
            change.container(null).traced(List.of(seen.nodeId(), made.nodeId()));
        } else if (made != null && (seen.status() == DeploymentState.STOPPING || (deletes && !twice))) {
            change.container(made).traced(seen.nodeId() == null ? List.of() : List.of(seen.nodeId()));
        }
        change.traced(ended.nodeIds().stream()
                .filter(node -> nodes.find(node) != null && !isOffline(node))
                .toList());
        if (seen.previousSpec() != null && made == null) {
            change.spec(seen.previousSpec(), null);
        }
        return change.done();
    }

    private Future<Deployment> deleteAgain(Deployment seen, Execution failed) {
        var now = clock.instant();
        boolean soon = failed.finishedAt() != null
                && failed.finishedAt().plus(DELETE_AGAIN).isAfter(now);
        return records.update(seen.id(), fresh -> {
                    if (!isSame(fresh, seen)) {
                        return fresh;
                    }
                    var why = DeploymentTransitions.outcome(fresh, failed, now);
                    boolean wait = soon || (fresh.nodeId() != null && isOffline(fresh.nodeId()));
                    return wait
                            ? why
                            : aimed(why)
                                    .execution(Ids.next("ex"), null, fresh.actor())
                                    .at(now)
                                    .done();
                })
                .compose(after -> isSame(after, seen) ? Future.succeededFuture(after) : next(after));
    }

    /**
     * A change to what a deletion acts on: its node unless that was removed, and of the nodes where something may be
     * left those which can be asked. The others are told to stop it when they register.
     */
    DeploymentChange aimed(Deployment seen) {
        var change = seen.change();
        if (seen.nodeId() != null && nodes.find(seen.nodeId()) == null) {
            change.container(null);
        }
        return change.traces(seen.traces().stream()
                .filter(node -> nodes.find(node) != null && !isOffline(node))
                .toList());
    }

    /** What its node's silence, or return, means for a deployment that waits for nothing. Null when it is deleted. */
    Future<Deployment> lookAtNode(Deployment seen) {
        return unlessDeleted(seen, judgeByNode(seen));
    }

    private Future<Deployment> judgeByNode(Deployment seen) {
        String nodeId = seen.nodeId();
        boolean wanted = seen.desired() == Desired.RUNNING && !seen.status().isTransitional();
        if (!wanted || nodeId == null || seen.status() == DeploymentState.STOPPED) {
            return Future.succeededFuture(seen);
        }
        boolean offline = nodes.find(nodeId) == null || isOffline(nodeId);
        boolean lost = nodes.find(nodeId) == null || isLost(nodeId);
        boolean ran = DeploymentTransitions.runs(seen.container());
        if (offline == (seen.statusReason() != null && seen.statusReason().equals(silent(nodeId)))
                && !(lost && (moves(seen) || fails(seen)))) {
            return Future.succeededFuture(seen);
        }
        if (!ran) {
            return Future.succeededFuture(seen);
        }
        return records.update(seen.id(), fresh -> {
                    // of two changes that are written at once the second sees what the first made, not yet another
                    // version
                    if (fresh.version() != seen.version() || !Objects.equals(fresh.container(), seen.container())) {
                        return fresh; // looked at again by whoever changed it, or by the next sweep
                    }
                    var change = fresh.change().at(clock.instant());
                    if (!offline) {
                        return DeploymentTransitions.settled(change, fresh.container(), null);
                    }
                    if (lost && moves(fresh)) {
                        return change.lost()
                                .execution(Ids.next("ex"), null, Deployments.SYSTEM)
                                .status(DeploymentState.DEPLOYING, silent(nodeId) + ", deployed elsewhere")
                                .done();
                    }
                    var state = lost && fails(fresh) ? DeploymentState.FAILED : DeploymentState.DEGRADED;
                    return change.status(state, silent(nodeId)).done();
                })
                .compose(this::next);
    }

    /** Whether it may run elsewhere when its node cannot have it any more. */
    static boolean moves(Deployment deployment) {
        return deployment.placement().onNodeLost() == OnNodeLost.RESCHEDULE
                && deployment.placement().nodeId() == null;
    }

    private static boolean fails(Deployment deployment) {
        return deployment.placement().onNodeLost() == OnNodeLost.FAIL && deployment.status() != DeploymentState.FAILED;
    }

    /** Offline, and not held by the storm guard: what it had is given to others. */
    private boolean isLost(String nodeId) {
        var node = nodes.find(nodeId);
        return node != null && node.isLost();
    }

    private String silent(String nodeId) {
        return "node " + nodeId + (nodes.find(nodeId) == null ? " was deleted" : " is offline");
    }

    private boolean isOffline(String nodeId) {
        var node = nodes.find(nodeId);
        return node != null && node.status() == NodeStatus.OFFLINE;
    }

    /** Whether it is still about the same action. */
    private static boolean isSame(Deployment fresh, Deployment seen) {
        return fresh.lastExecutionId().equals(seen.lastExecutionId()) && fresh.endingFirst() == null;
    }

    /** Null when there is none. */
    private Future<Execution> existing(String id) {
        return executions
                .get(id)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(null)
                        : Future.failedFuture(cause));
    }
}
