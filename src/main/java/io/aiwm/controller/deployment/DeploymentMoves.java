package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.deployment.Deployment.Desired;
import io.aiwm.controller.execution.Execution;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Function;
import java.util.function.Predicate;

/** Actions that no user asks for on the deployment itself: a drain moves it or places it anew, an execution is retried. */
final class DeploymentMoves {
    /** Between two tries to move a deployment that could not be moved. */
    private static final Duration MOVE_AGAIN = Duration.ofMinutes(1);

    private final ReplicaRecords records;
    private final ReplicaReconciler steps;
    private final ReplicaNodes nodes;
    private final InstantSource clock;

    DeploymentMoves(ReplicaRecords records, ReplicaReconciler steps, ReplicaNodes nodes, InstantSource clock) {
        this.nodes = nodes;
        this.records = records;
        this.steps = steps;
        this.clock = clock;
    }

    /**
     * Has it made anew elsewhere and then removed from the node it is on. Nothing happens unless it runs there, has no
     * action under way and may run elsewhere; after a failed try, not before {@link #MOVE_AGAIN} has passed.
     */
    private Future<Instance> move(String id, int index, String from) {
        return records.update(id, index, seen -> {
                    var now = clock.instant();
                    boolean again = seen.reasonCode() == ReasonCode.MOVE_FAILED;
                    boolean soon = again && seen.since().plus(MOVE_AGAIN).isAfter(now);
                    if (seen.status() == ReplicaState.ASLEEP && from.equals(seen.nodeId())) {
                        return ReplicaActions.deleted(seen, nodes, Deployments.SYSTEM, now);
                    }
                    boolean runs = seen.status() == ReplicaState.RUNNING || seen.status() == ReplicaState.DEGRADED;
                    if (!runs || soon || !from.equals(seen.nodeId()) || !movable(seen.of())) {
                        return seen;
                    }
                    return seen.change()
                            .execution(Ids.next("ex"), null, Deployments.SYSTEM)
                            .status(
                                    ReplicaState.MOVING,
                                    ReasonCode.NODE_DRAINED.because("node " + from + " is drained"))
                            .at(now)
                            .done();
                })
                .compose(steps::begin);
    }

    /** Each of its replicas on that node as {@link #move}. */
    Future<Void> all(Deployment seen, String from) {
        return each(seen, one -> from.equals(one.nodeId()), one -> move(seen.id(), one.index(), from));
    }

    /** Each of its replicas on that node as {@link #stop}. */
    Future<Void> stopAll(Deployment seen, String from, String actor) {
        return each(seen, one -> from.equals(one.nodeId()), one -> stop(seen.id(), one.index(), from, actor));
    }

    /** Each of its replicas that uses this execution as {@link #placeAnew}. */
    Future<Void> placeAllAnew(Deployment seen, String executionId) {
        return each(
                seen, one -> one.replica().uses(executionId), one -> placeAnew(seen.id(), one.index(), executionId));
    }

    private static Future<Void> each(
            Deployment seen, Predicate<Instance> which, Function<Instance, Future<Instance>> what) {
        return Future.join(seen.all().stream().filter(which).map(what).toList()).mapEmpty();
    }

    /** Stops one replica on that node; a start of the deployment starts it again. */
    private Future<Instance> stop(String id, int index, String from, String actor) {
        return records.update(
                        id,
                        index,
                        seen -> from.equals(seen.nodeId())
                                ? ReplicaActions.stopped(seen, nodes, actor, clock.instant())
                                : seen)
                .compose(steps::begin);
    }

    /** Whether it may run on another node than the one it is on. */
    static boolean movable(Deployment deployment) {
        return deployment.desired() == Desired.RUNNING && ReplicaNodes.mayLeave(deployment.placement());
    }

    /**
     * Begins a deployment that has no container yet once more, placed anew: what was under way waits for a node that takes
     * nothing any more. Nothing happens when that is not its newest action.
     */
    private Future<Instance> placeAnew(String id, int index, String executionId) {
        return records.update(id, index, seen -> {
                    boolean stuck = seen.status() == ReplicaState.DEPLOYING
                            && seen.container() == null
                            && seen.endingFirst() == null
                            && seen.lastExecutionId().equals(executionId)
                            && movable(seen.of());
                    return !stuck
                            ? seen
                            : seen.change()
                                    .execution(Ids.next("ex"), executionId, Deployments.SYSTEM)
                                    .pull(seen.pulls())
                                    .at(clock.instant())
                                    .done();
                })
                .compose(steps::begin);
    }

    /**
     * Must succeed before an execution of a deployment is retried. Fails with CONFLICT unless it is the failed
     * deployment's last one and makes a container from nothing: every other action is repeated on the deployment.
     */
    Future<Void> beforeRetry(Execution execution) {
        if (!ReplicaPlans.RESOURCE_TYPE.equals(execution.resourceType())) {
            return Future.succeededFuture();
        }
        return records.update(execution.resourceId(), ReplicaPlans.replicaOf(execution), seen -> {
                    boolean last = execution.id().equals(seen.lastExecutionId());
                    if (!last || seen.status() != ReplicaState.FAILED || seen.container() != null) {
                        throw Failure.conflict("deployment " + seen.id() + " is " + seen.status()
                                + ": repeat the action on the deployment instead");
                    }
                    return seen.change()
                            .wanted()
                            .status(ReplicaState.DEPLOYING)
                            .at(clock.instant())
                            .done();
                })
                .mapEmpty();
    }
}
