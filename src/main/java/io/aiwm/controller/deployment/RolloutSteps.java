package io.aiwm.controller.deployment;

import io.aiwm.common.Ids;
import io.aiwm.controller.deployment.Deployment.Desired;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/**
 * The next step of an update: which replicas get the generation that is asked for, whether all have it, or that it has failed
 * and the one before comes back. Pure, as {@link DesiredReplicas}.
 */
final class RolloutSteps {
    /** Between two tries to replace a container. */
    private static final Duration AGAIN = Duration.ofMinutes(1);
    /** For so long a new container may be unwell where the update does not say. */
    static final Duration UNWELL = Duration.ofMinutes(10);

    /** A way back that brings no replica further for so long, and for three times the deadline of a new container, has failed. */
    static final Duration STUCK = Duration.ofMinutes(30);

    private final ReplicaNodes nodes;
    private final Instant begun;

    /** @param begun since when this controller looks: while none did, no way back could come further */
    RolloutSteps(ReplicaNodes nodes, Instant begun) {
        this.nodes = nodes;
        this.begun = begun;
    }

    /** Whether there may be more replicas than asked for, because old ones go only when new ones are ready. */
    boolean isSurging(Deployment seen) {
        return goesOn(seen)
                && seen.desired() == Desired.RUNNING
                && seen.policy().surge() > 0
                && seen.instances().stream().anyMatch(replica -> isOutdated(seen, replica));
    }

    private static boolean goesOn(Deployment seen) {
        return seen.isRolling() && !seen.isPaused();
    }

    private static boolean isOutdated(Deployment seen, Replica replica) {
        return replica.isStaying() && replica.aim() != seen.generation();
    }

    /** Ends the update where all have it, or turns it round where it has failed. */
    Deployment judged(Deployment seen, Instant now) {
        if (!seen.isRolling()) {
            return seen;
        }
        List<Instance> live =
                seen.all().stream().filter(one -> one.replica().isStaying()).toList();
        if (seen.desired() == Desired.STOPPED) {
            return stopped(seen, live, now);
        }
        // there is nothing behind the way back: what fails on it is tried again
        Instance failed = seen.rollout().isGoingBack()
                ? null
                : live.stream()
                        .filter(one -> hasFailed(seen, one, now))
                        .findFirst()
                        .orElse(null);
        if (failed != null) {
            return judged(turned(seen, failed, now), now);
        }
        boolean done = live.size() == seen.replicas() && live.stream().allMatch(one -> isDone(seen, one));
        if (done) {
            return DeploymentBuilder.builder(seen)
                    .goodGeneration(seen.generation())
                    .rollout(seen.rollout().ended(now))
                    .build();
        }
        return isStuck(seen, now) ? stuck(seen, live, now) : seen;
    }

    /** Every replica that has become ready on the way back is a step forward. */
    private boolean isStuck(Deployment seen, Instant now) {
        if (!seen.rollout().isGoingBack() || seen.isPaused()) {
            return false;
        }
        Duration perReplica = mayBeUnwell(seen).multipliedBy(3);
        Instant last = seen.instances().stream()
                .filter(one -> one.isReady() && one.generation() == seen.generation() && one.readyAt() != null)
                .map(Replica::readyAt)
                .reduce(later(seen.rollout().wentBackAt(), begun), RolloutSteps::later);
        return !last.plus(perReplica.compareTo(STUCK) > 0 ? perReplica : STUCK).isAfter(now);
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    private static Deployment stuck(Deployment seen, List<Instance> live, Instant now) {
        Rollout rollout = seen.rollout();
        String where = live.stream()
                .filter(one -> !isDone(seen, one))
                .findFirst()
                .map(one -> ": replica " + one.index() + " is " + one.status()
                        + (one.statusReason() == null ? "" : ", " + one.statusReason()))
                .orElse("");
        var why = new ReasonCode.Reason(
                rollout.reasonCode(),
                rollout.reason() + "; generation " + seen.generation() + " has not come back" + where);
        return DeploymentBuilder.builder(seen)
                .rollout(rollout.failed(Rollout.State.FAILED, why, now))
                .build();
    }

    /** What was stopped before any container of the new generation was made, is not updated any more. */
    private static Deployment stopped(Deployment seen, List<Instance> live, Instant now) {
        if (live.stream().anyMatch(one -> one.status().isTransitional())) {
            return seen;
        }
        boolean begun = live.stream().anyMatch(one -> one.replica().generation() == seen.generation());
        return begun
                ? DeploymentBuilder.builder(seen)
                        .goodGeneration(seen.generation())
                        .rollout(seen.rollout().ended(now))
                        .build()
                : backTo(seen, seen.goodGeneration())
                        .rollout(seen.rollout()
                                .failed(
                                        Rollout.State.FAILED,
                                        new ReasonCode.Reason(null, "the deployment was stopped"),
                                        now))
                        .build();
    }

    private static boolean isDone(Deployment seen, Instance one) {
        boolean ended = one.status() == ReplicaState.STOPPED && one.reasonCode() == ReasonCode.CONTAINER_ENDED;
        return one.replica().generation() == seen.generation()
                && one.replica().toGeneration() == null
                && (one.replica().isReady() || ended);
    }

    private boolean hasFailed(Deployment seen, Instance one, Instant now) {
        boolean has = one.replica().generation() == seen.generation();
        return switch (one.status()) {
            case FAILED -> has || updateFailed(seen, one);
            case DEGRADED ->
                has
                        ? (one.reasonCode() != null && one.reasonCode().meansRestarts()) || isOverdue(seen, one, now)
                        : updateFailed(seen, one);
            case RUNNING, STOPPED -> !has && updateFailed(seen, one);
            case PENDING, DEPLOYING, STOPPING, RESTARTING, UPDATING, MOVING, DELETING -> false;
            case SLEEPING, ASLEEP, WAKING -> false;
        };
    }

    /** Its execution has ended well, so that nothing else says that it was unwell for too long since. */
    private boolean isOverdue(Deployment seen, Instance one, Instant now) {
        return !seen.isPaused()
                && one.replica().isUnwell()
                && nodes.isUp(one.nodeId())
                && one.since() != null
                && !one.since().plus(mayBeUnwell(seen)).isAfter(now);
    }

    private static Duration mayBeUnwell(Deployment seen) {
        Integer seconds = seen.policy().healthDeadlineSeconds();
        return seconds == null ? UNWELL : Duration.ofSeconds(seconds);
    }

    private static boolean updateFailed(Deployment seen, Instance one) {
        return one.reasonCode() == ReasonCode.UPDATE_FAILED
                && one.since() != null
                && !one.since().isBefore(seen.rollout().startedAt());
    }

    private static Deployment turned(Deployment seen, Instance failed, Instant now) {
        var why =
                new ReasonCode.Reason(failed.reasonCode(), "replica " + failed.index() + ": " + failed.statusReason());
        boolean back = seen.policy().rollsBack() && seen.revision(seen.goodGeneration()) != null;
        return back
                ? backTo(seen, seen.goodGeneration())
                        .rollout(seen.rollout().failed(Rollout.State.ROLLING_BACK, why, now))
                        .build()
                : DeploymentBuilder.builder(seen)
                        .rollout(seen.rollout().failed(Rollout.State.FAILED, why, now))
                        .build();
    }

    private static DeploymentBuilder backTo(Deployment seen, int generation) {
        return seen.revision(generation).made().in(seen).generation(generation);
    }

    /** Gives the generation to as many more replicas as may be without one at the same time. */
    Deployment rolled(Deployment seen, Instant now) {
        if (!goesOn(seen)) {
            return seen;
        }
        Deployment fresh = DesiredReplicas.each(seen, one -> withoutContainer(seen, one, now));
        return fresh.policy().surge() > 0 ? oldOnesRemoved(fresh, now) : replacedInPlace(fresh, now);
    }

    /** What does not run costs nothing. */
    private Instance withoutContainer(Deployment seen, Instance one, Instant now) {
        if (!isOutdated(seen, one.replica())) {
            return one;
        }
        return switch (one.status()) {
            case STOPPED -> one.change().generation(seen.generation()).done();
            case FAILED ->
                ReplicaActions.started(one, nodes)
                        .wanted()
                        .generation(seen.generation())
                        .execution(Ids.next("ex"), null, seen.actor())
                        .status(ReplicaState.DEPLOYING)
                        .at(now)
                        .done();
            case PENDING, DEPLOYING ->
                one.change()
                        .generation(seen.generation())
                        .execution(Ids.next("ex"), ReplicaActions.underWay(one), seen.actor())
                        .at(now)
                        .done();
            case RUNNING, DEGRADED, STOPPING, RESTARTING, UPDATING, MOVING, DELETING -> one;
            case SLEEPING, ASLEEP, WAKING -> one;
        };
    }

    private Deployment oldOnesRemoved(Deployment seen, Instant now) {
        int spare = spare(seen);
        Deployment after = seen;
        for (Replica replica : outdated(seen, one -> true)) {
            boolean free = !replica.isReady();
            if (replica.state().isTransitional() || (!free && spare <= 0)) {
                continue;
            }
            spare -= free ? 0 : 1;
            after = after.with(ReplicaActions.deleted(after.instance(replica.index()), nodes, Deployments.SYSTEM, now));
        }
        return after;
    }

    private Deployment replacedInPlace(Deployment seen, Instant now) {
        int spare = spare(seen);
        Deployment after = seen;
        for (Replica replica : outdated(seen, one -> nodes.isUp(one.nodeId()) && mayTry(seen, one, now))) {
            boolean free = !replica.isReady();
            if (replica.state().isTransitional() || (!free && spare <= 0)) {
                continue;
            }
            spare -= free ? 0 : 1;
            after = after.with(after.instance(replica.index())
                    .change()
                    .wanted()
                    .towards(seen.generation())
                    .execution(Ids.next("ex"), null, seen.actor())
                    .status(ReplicaState.UPDATING)
                    .at(now)
                    .done());
        }
        return after;
    }

    /** After a try of this update that failed, not before {@link #AGAIN} has passed. */
    private static boolean mayTry(Deployment seen, Replica replica, Instant now) {
        return !updateFailed(seen, seen.instance(replica.index()))
                || !replica.since().plus(AGAIN).isAfter(now);
    }

    /** Those that are not ready first. */
    private static List<Replica> outdated(Deployment seen, Predicate<Replica> may) {
        return seen.instances().stream()
                .filter(replica -> isOutdated(seen, replica) && replica.container() != null && may.test(replica))
                .sorted(Comparator.comparing(Replica::isReady).thenComparing(Replica::index))
                .toList();
    }

    /** How many of those that are ready may go. */
    private static int spare(Deployment seen) {
        long ready =
                DesiredReplicas.live(seen).stream().filter(Replica::isReady).count();
        return (int) ready - (seen.replicas() - seen.policy().unavailable());
    }

    /** Restarts those that are to be, as many at a time as may be missing. */
    Deployment restarted(Deployment seen, Instant now) {
        int spare = spare(seen);
        Deployment after = seen;
        for (Replica replica : seen.instances()) {
            boolean may = replica.restart() != null
                    && !replica.state().isTransitional()
                    && replica.state() != ReplicaState.ASLEEP
                    && (replica.nodeId() == null || nodes.isUp(replica.nodeId()));
            if (!may || (replica.isReady() && spare <= 0)) {
                continue;
            }
            spare -= replica.isReady() ? 1 : 0;
            after = after.with(ReplicaActions.restarted(after.instance(replica.index()), nodes, now));
        }
        return after;
    }
}
