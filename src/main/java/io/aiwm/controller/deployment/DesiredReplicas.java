package io.aiwm.controller.deployment;

import io.aiwm.common.Ids;
import io.aiwm.controller.deployment.Deployment.Desired;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What the replicas of a deployment do next, so that there are as many as are asked for, each of them runs, and all are of the
 * generation that is asked for. Decides on the record and the state of the nodes alone: who asks, how often, and from which
 * controller makes no difference, and a second answer to the first is the same record.
 */
final class DesiredReplicas {
    /** One that has run for so long was well: a later failure is its first. */
    static final Duration CALM = Duration.ofMinutes(10);

    static final Duration FIRST_PAUSE = Duration.ofSeconds(10);
    static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
    /** After so many failures in a row it is left alone. */
    static final int MOST_FAILURES = 6;

    private static final Set<ReasonCode> PASSING = Set.of(
            ReasonCode.CONTAINER_ENDED,
            ReasonCode.CONTAINER_REMOVED,
            ReasonCode.START_FAILED,
            ReasonCode.RESTART_FAILED,
            ReasonCode.UPDATE_FAILED);

    private final ReplicaNodes nodes;
    private final RolloutSteps rollouts;
    private final SleepingReplicas sleepers;

    /** @param begun since when this controller looks */
    DesiredReplicas(ReplicaNodes nodes, Instant begun) {
        this.nodes = nodes;
        this.rollouts = new RolloutSteps(nodes, begun);
        this.sleepers = new SleepingReplicas(nodes);
    }

    /** The same instance when there is nothing to do. */
    Deployment next(Deployment seen, Instant now) {
        if (seen.isDeleting()) {
            return seen;
        }
        Deployment judged = rollouts.judged(seen, now);
        if (seen.desired() == Desired.STOPPED) {
            return withoutExtras(judged, now);
        }
        Deployment retried = each(judged, one -> retried(one, now));
        Deployment woken = sleepers.next(retried, now);
        Deployment counted = withoutExtras(withMissing(woken, now), now);
        return rollouts.judged(rollouts.restarted(rollouts.rolled(counted, now), now), now);
    }

    /** Applies a change to every replica; the same instance when none of them changes. */
    static Deployment each(Deployment seen, Function<Instance, Instance> change) {
        Deployment after = seen;
        for (Replica replica : seen.instances()) {
            Instance one = after.instance(replica.index());
            Instance changed = change.apply(one);
            after = changed == one ? after : after.with(changed);
        }
        return after;
    }

    private Instance retried(Instance one, Instant now) {
        if (one.status() != ReplicaState.FAILED || !isRetried(one)) {
            return one;
        }
        Replica replica = one.replica();
        if (replica.retryAt() == null) {
            return afterFailure(one, now);
        }
        return replica.retryAt().isAfter(now) ? one : startedAgain(one, replica.failed(), Deployments.SYSTEM, now);
    }

    private static boolean isRetried(Instance one) {
        Rollout rollout = one.of().rollout();
        // what was good before is not refused for good
        boolean back = rollout != null && rollout.isGoingBack();
        return (PASSING.contains(one.reasonCode()) || (back && one.reasonCode() == ReasonCode.START_REFUSED))
                && !"no".equals(one.spec().restartPolicy())
                && (one.container() == null || !ReplicaTransitions.runs(one.container()));
    }

    private static Instance afterFailure(Instance one, Instant now) {
        Replica replica = one.replica();
        Instant failedAt = replica.since() == null ? now : replica.since();
        boolean wasWell =
                replica.readyAt() != null && !replica.readyAt().plus(CALM).isAfter(failedAt);
        int failures = wasWell ? 1 : replica.failed() + 1;
        if (failures > MOST_FAILURES) {
            return one.change()
                    .failed(MOST_FAILURES, null)
                    .status(
                            ReplicaState.FAILED,
                            ReasonCode.CRASH_LOOP.because("CrashLoop: it failed " + failures
                                    + " times in a row and is not started any more by itself; the last time: "
                                    + one.statusReason()))
                    .at(now)
                    .done();
        }
        return one.change()
                .failed(failures, failedAt.plus(pause(failures)))
                .at(now)
                .done();
    }

    static Duration pause(int failures) {
        Duration doubled = FIRST_PAUSE.multipliedBy(1L << Math.min(failures - 1, 20));
        return doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled;
    }

    /** Where its node is there, what its container kept is there, too. */
    private Instance startedAgain(Instance one, int failures, String actor, Instant now) {
        return ReplicaActions.started(one, nodes)
                .failed(failures, null)
                .execution(Ids.next("ex"), null, actor)
                .status(ReplicaState.DEPLOYING, one.reason())
                .at(now)
                .done();
    }

    private Deployment withMissing(Deployment seen, Instant now) {
        List<Replica> live = live(seen);
        boolean surges = rollouts.isSurging(seen);
        int newest = (int) live.stream()
                .filter(replica -> replica.aim() == seen.generation())
                .count();
        int room = seen.replicas() + (surges ? seen.policy().surge() : 0) - occupying(seen);
        int missing = Math.max(
                seen.replicas() - live.size(),
                surges
                        ? Math.min(
                                seen.replicas() - newest,
                                seen.replicas() + seen.policy().surge() - live.size())
                        : 0);
        int more = Math.min(missing, room);
        if (more <= 0) {
            return seen;
        }
        var instances = new ArrayList<>(seen.instances());
        for (int i = 0; i < more; i++) {
            instances.add(made(freeIndex(instances), seen, now));
        }
        return DeploymentBuilder.builder(seen)
                .instances(instances)
                .updatedAt(now)
                .build();
    }

    static Replica made(int index, Deployment of, Instant now) {
        return ReplicaBuilder.builder()
                .index(index)
                .generation(of.generation())
                .state(ReplicaState.PENDING)
                .traces(List.of())
                .lastExecutionId(Ids.next("ex"))
                .actor(of.actor())
                .since(now)
                .build();
    }

    private static int freeIndex(List<Replica> taken) {
        int index = 0;
        while (isTaken(taken, index)) {
            index++;
        }
        return index;
    }

    private static boolean isTaken(List<Replica> taken, int index) {
        return taken.stream().anyMatch(replica -> replica.index() == index);
    }

    /** Those that are to stay and do not sleep; one that falls asleep is woken again where it is needed. */
    static List<Replica> live(Deployment seen) {
        boolean mayGo = seen.replicas() == 0;
        return seen.instances().stream()
                .filter(replica -> switch (replica.state()) {
                    case DELETING, ASLEEP -> false;
                    case SLEEPING -> !mayGo;
                    case PENDING, DEPLOYING, RUNNING, DEGRADED, STOPPING, STOPPED -> true;
                    case RESTARTING, UPDATING, MOVING, WAKING, FAILED -> true;
                })
                .toList();
    }

    /** One that is being removed counts until it is gone, unless its node is away: that may take for ever. */
    private int occupying(Deployment seen) {
        return (int) seen.all().stream().filter(this::occupies).count();
    }

    private boolean occupies(Instance one) {
        if (one.status() == ReplicaState.ASLEEP) {
            return false;
        }
        return one.status() != ReplicaState.DELETING
                || one.endingFirst() != null
                || Stream.concat(Stream.ofNullable(one.nodeId()), one.traces().stream())
                        .filter(Objects::nonNull)
                        .anyMatch(nodes::isUp);
    }

    /** First those that are not ready, then those of another generation, then the newest. */
    private Deployment withoutExtras(Deployment seen, Instant now) {
        List<Replica> live = live(seen);
        int most = seen.replicas() + (rollouts.isSurging(seen) ? seen.policy().surge() : 0);
        int extra = live.size() - most;
        if (extra <= 0) {
            return seen;
        }
        Set<Integer> go = live.stream()
                .sorted(Comparator.comparing(Replica::isReady)
                        .thenComparing(replica -> replica.aim() == seen.generation())
                        .thenComparing(Comparator.comparingInt(Replica::index).reversed()))
                .limit(extra)
                .map(Replica::index)
                .collect(java.util.stream.Collectors.toUnmodifiableSet());
        return each(
                seen,
                one -> !go.contains(one.index())
                        ? one
                        : SleepingReplicas.maySleep(one)
                                ? SleepingReplicas.slept(one, now)
                                : ReplicaActions.deleted(one, nodes, Deployments.SYSTEM, now));
    }
}
