package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.deployment.Deployment.Desired;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.execution.Executions;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves a replica on by what is true now: reads its execution afresh and takes one step. Called after a write, after
 * an execution's end and by the sweep; called twice, or by two controllers at once, it does the same once.
 */
final class ReplicaReconciler {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaReconciler.class);
    /** Wait between two tries to delete a container. */
    private static final Duration DELETE_AGAIN = Duration.ofSeconds(15);

    private final ReplicaRecords records;
    private final Executions executions;
    private final ReplicaNodes places;
    private final InstantSource clock;

    ReplicaReconciler(ReplicaRecords records, Executions executions, ReplicaNodes places, InstantSource clock) {
        this.records = records;
        this.executions = executions;
        this.places = places;
        this.clock = clock;
    }

    /** Succeeds with the record as it is then; null when it is deleted, by this or by another. */
    Future<Instance> next(Instance seen) {
        return unlessDeleted(seen, advance(seen));
    }

    /** The record is written, so the answer is yes: what cannot be begun now is begun by the sweep. */
    Future<Instance> begin(Instance written) {
        return next(written).map(after -> after == null ? written : after).otherwise(cause -> {
            LOG.warn("replica {} of deployment {} waits for the sweep", written.index(), written.id(), cause);
            return written;
        });
    }

    /** A step that finds its record gone has nothing left to do; whatever else is missing is a failure. */
    private Future<Instance> unlessDeleted(Instance seen, Future<Instance> step) {
        return step.recover(cause -> Failure.of(cause).kind != Failure.Kind.NOT_FOUND
                ? Future.failedFuture(cause)
                : records.get(seen)
                        .recover(Deployments::gone)
                        .compose(still -> still == null ? Future.succeededFuture() : Future.failedFuture(cause)));
    }

    private Future<Instance> advance(Instance seen) {
        if (!seen.status().isTransitional()) {
            return Future.succeededFuture(seen);
        }
        if (seen.endingFirst() != null) {
            return endFirst(seen);
        }
        if (seen.status() == ReplicaState.DELETING && ReplicaPlans.holders(seen).isEmpty()) {
            return records.remove(seen).map(done -> null);
        }
        if (seen.status() == ReplicaState.STOPPING && ReplicaPlans.holders(seen).isEmpty()) {
            return records.update(
                    seen,
                    fresh -> isSame(fresh, seen) && fresh.status() == ReplicaState.STOPPING
                            ? fresh.change()
                                    .status(ReplicaState.STOPPED)
                                    .at(clock.instant())
                                    .done()
                            : fresh);
        }
        return existing(seen.lastExecutionId()).compose(execution -> {
            if (execution == null) {
                return executions
                        .create(ReplicaPlans.of(seen), seen.actor())
                        .compose(made -> made.status().isFinal() ? ended(seen, made) : begun(seen));
            }
            if (execution.status().isFinal()) {
                return ended(seen, execution);
            }
            if (places.left(seen, execution)) {
                return cutShort(seen, execution, seen.nodeId());
            }
            String lost = places.strandedOn(seen, execution);
            if (lost == null) {
                return begun(seen);
            }
            // where the container is made and only its proxy is not told, that is lost like any other
            return ContainerOutcome.containerOf(execution) == null ? placeAnew(seen) : cutShort(seen, execution, lost);
        });
    }

    private Future<Instance> placeAnew(Instance seen) {
        return records.update(seen, fresh -> {
                    if (!isSame(fresh, seen) || fresh.status() != ReplicaState.DEPLOYING) {
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
    Future<Instance> after(Instance seen, Execution execution) {
        boolean last = execution.id().equals(seen.lastExecutionId()) && seen.endingFirst() == null;
        return last ? unlessDeleted(seen, ended(seen, execution)) : next(seen);
    }

    private Future<Instance> cutShort(Instance seen, Execution execution, String lost) {
        return executions
                .cancel(execution.id(), places.silence(lost).text(), Deployments.SYSTEM)
                .compose(ended -> ended.status().isFinal() ? ended(seen, ended) : Future.succeededFuture(seen));
    }

    private Future<Instance> begun(Instance seen) {
        if (seen.status() != ReplicaState.PENDING) {
            return Future.succeededFuture(seen);
        }
        return records.update(
                seen,
                fresh -> isSame(fresh, seen) && fresh.status() == ReplicaState.PENDING
                        ? fresh.change()
                                .status(ReplicaState.DEPLOYING, fresh.reason())
                                .at(clock.instant())
                                .done()
                        : fresh);
    }

    private Future<Instance> ended(Instance seen, Execution execution) {
        if (seen.status() == ReplicaState.DELETING) {
            return execution.status() == ExecutionState.COMPLETED
                    ? records.remove(seen).map(done -> null)
                    : deleteAgain(seen, execution);
        }
        return records.update(seen, fresh -> ReplicaTransitions.outcome(fresh, execution, clock.instant()))
                .compose(after -> isSame(after, seen) ? lookAtNode(after) : Future.succeededFuture(after));
    }

    /** Cancels what is under way, and goes on when it has ended: two executions never work on one deployment. */
    private Future<Instance> endFirst(Instance seen) {
        String id = seen.endingFirst();
        return existing(id)
                // not made yet, and its maker may still be about to: from now on it finds this one, which does nothing
                .compose(found -> found == null
                        ? executions.create(ReplicaPlans.neverToRun(seen, id), seen.actor())
                        : Future.succeededFuture(found))
                .compose(found -> found.status().isFinal() ? Future.succeededFuture(found) : cancelled(seen, id))
                .compose(found -> found.status().isFinal()
                        ? records.update(seen, fresh -> id.equals(fresh.endingFirst()) ? freed(fresh, found) : fresh)
                                .compose(this::next)
                        : Future.succeededFuture(seen));
    }

    private Future<Execution> cancelled(Instance seen, String id) {
        return executions
                .cancel(id, "deployment is " + seen.status(), seen.actor())
                // it ended by itself meanwhile
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.CONFLICT
                        ? executions.get(id)
                        : Future.failedFuture(cause));
    }

    /** What the cancelled execution had made by then counts, so that stop and delete find it. */
    private Instance freed(Instance seen, Execution ended) {
        var change = seen.change().endedFirst().at(clock.instant());
        var woken = seen.container() == null ? null : ContainerOutcome.woken(seen.container(), ended);
        if (woken != null) {
            change.container(woken);
        }
        change.asleep(seen.replica().hasGivenBack() && !ContainerOutcome.mayBeAwake(ended));
        var made = ContainerOutcome.containerOf(ended);
        boolean deletes = seen.status() == ReplicaState.DELETING;
        boolean twice =
                made != null && seen.container() != null && !made.nodeId().equals(seen.nodeId());
        if (twice && seen.status() == ReplicaState.STOPPING) {
            // it was being moved: neither of the two may stay
            change.container(null).traced(List.of(seen.nodeId(), made.nodeId()));
        } else if (made != null && (seen.status() == ReplicaState.STOPPING || (deletes && !twice))) {
            change.container(made).traced(seen.nodeId() == null ? List.of() : List.of(seen.nodeId()));
        }
        change.traced(ended.nodeIds().stream().filter(node -> places.isUp(node)).toList());
        return made == null ? change.keeps().done() : change.reached().done();
    }

    private Future<Instance> deleteAgain(Instance seen, Execution failed) {
        var now = clock.instant();
        boolean soon = failed.finishedAt() != null
                && failed.finishedAt().plus(DELETE_AGAIN).isAfter(now);
        return records.update(seen, fresh -> {
                    if (!isSame(fresh, seen)) {
                        return fresh;
                    }
                    var why = ReplicaTransitions.outcome(fresh, failed, now);
                    boolean wait = soon || (fresh.nodeId() != null && places.isOffline(fresh.nodeId()));
                    return wait
                            ? why
                            : places.aimed(why)
                                    .execution(Ids.next("ex"), null, fresh.actor())
                                    .at(now)
                                    .done();
                })
                .compose(after -> isSame(after, seen) ? Future.succeededFuture(after) : next(after));
    }

    /** What its node's silence, or return, means for a deployment that waits for nothing. Null when it is deleted. */
    Future<Instance> lookAtNode(Instance seen) {
        return unlessDeleted(seen, judgeByNode(seen));
    }

    private Future<Instance> judgeByNode(Instance seen) {
        String nodeId = seen.nodeId();
        boolean wanted = seen.desired() == Desired.RUNNING && !seen.status().isTransitional();
        boolean rests = seen.status() == ReplicaState.STOPPED || seen.status() == ReplicaState.ASLEEP;
        if (!wanted || nodeId == null || rests) {
            return Future.succeededFuture(seen);
        }
        boolean offline = !places.isUp(nodeId);
        boolean lost = !places.isKnown(nodeId) || places.isLost(nodeId);
        boolean ran = ReplicaTransitions.runs(seen.container());
        if (offline == (seen.reasonCode() == places.silence(nodeId).code())
                && !(lost && (ReplicaNodes.mayLeave(seen.placement()) || ReplicaNodes.failsWithNode(seen)))) {
            return Future.succeededFuture(seen);
        }
        if (!ran) {
            return Future.succeededFuture(seen);
        }
        return records.update(seen, fresh -> {
                    // of two changes that are written at once the second sees what the first made, not yet another
                    // version
                    if (fresh.version() != seen.version() || !Objects.equals(fresh.container(), seen.container())) {
                        return fresh; // looked at again by whoever changed it, or by the next sweep
                    }
                    var change = fresh.change().at(clock.instant());
                    if (!offline) {
                        return ReplicaTransitions.settled(change, fresh.container(), null);
                    }
                    if (lost && ReplicaNodes.mayLeave(fresh.placement())) {
                        return change.lost()
                                .execution(Ids.next("ex"), null, Deployments.SYSTEM)
                                .status(
                                        ReplicaState.DEPLOYING,
                                        ReasonCode.NODE_LOST.because(
                                                places.silence(nodeId).text() + ", deployed elsewhere"))
                                .done();
                    }
                    var state = lost && ReplicaNodes.failsWithNode(fresh) ? ReplicaState.FAILED : ReplicaState.DEGRADED;
                    return change.status(state, places.silence(nodeId)).done();
                })
                .compose(this::next);
    }

    /** Whether it is still about the same action. */
    private static boolean isSame(Instance fresh, Instance seen) {
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
