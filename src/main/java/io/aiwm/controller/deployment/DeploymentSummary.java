package io.aiwm.controller.deployment;

import io.aiwm.controller.deployment.Deployment.Desired;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What a deployment is, by what its replicas are. Pure, and the only place that says it. The first line that fits counts:
 *
 * <pre>
 * being removed                                    DELETING
 * there is exactly one replica that is to stay     as that
 * no replica that is to stay                       STOPPED where none is wanted, else PENDING
 * one that sleeps, and none is wanted              ASLEEP
 * all in the same state                            as they
 * to be stopped                                    STOPPING while one still runs, else STOPPED
 * an update is under way                           UPDATING
 * none ready, one being made                       DEPLOYING
 * none ready                                       FAILED where all have failed, else DEGRADED
 * one failed, ended or degraded                    DEGRADED
 * one being made | restarted | moved               DEPLOYING | RESTARTING | MOVING
 * </pre>
 */
final class DeploymentSummary {
    private DeploymentSummary() {}

    /** @param reason null: there is nothing to say */
    record Summary(DeploymentState state, ReasonCode.Reason reason) {}

    static Summary of(List<Replica> instances, Desired desired, int replicas, boolean deleting, Rollout rollout) {
        if (deleting) {
            return new Summary(DeploymentState.DELETING, reasonOf(instances, 0));
        }
        List<Replica> staying = instances.stream().filter(Replica::isStaying).toList();
        long asleep = instances.stream()
                .filter(replica -> replica.state() == ReplicaState.ASLEEP)
                .count();
        if (staying.isEmpty() && replicas == 0 && asleep > 0) {
            return new Summary(
                    DeploymentState.ASLEEP,
                    ReasonCode.SCALED_TO_ZERO.because("it has no replicas; " + asleep + " of its engines sleep"));
        }
        if (staying.isEmpty()) {
            return replicas == 0 || desired == Desired.STOPPED
                    ? new Summary(
                            instances.isEmpty() ? DeploymentState.STOPPED : DeploymentState.STOPPING,
                            replicas == 0 ? ReasonCode.SCALED_TO_ZERO.because("it has no replicas") : null)
                    : new Summary(DeploymentState.PENDING, null);
        }
        DeploymentState state = state(staying, desired, rollout != null && rollout.isUnderWay());
        return new Summary(state, reason(staying, state, replicas, rollout));
    }

    private static DeploymentState state(List<Replica> staying, Desired desired, boolean rolling) {
        if (staying.stream().map(Replica::state).distinct().count() == 1) {
            return same(staying.get(0).state());
        }
        if (desired == Desired.STOPPED) {
            return any(staying, replica -> replica.state().isTransitional())
                    ? DeploymentState.STOPPING
                    : DeploymentState.STOPPED;
        }
        if (rolling) {
            return DeploymentState.UPDATING;
        }
        if (!any(staying, Replica::isReady)) {
            return any(staying, replica -> replica.state().isTransitional())
                    ? DeploymentState.DEPLOYING
                    : DeploymentState.DEGRADED;
        }
        if (any(staying, replica -> isWrong(replica.state()))) {
            return DeploymentState.DEGRADED;
        }
        Map<ReplicaState, Long> count =
                staying.stream().collect(Collectors.groupingBy(Replica::state, Collectors.counting()));
        if (count.containsKey(ReplicaState.PENDING)
                || count.containsKey(ReplicaState.DEPLOYING)
                || count.containsKey(ReplicaState.WAKING)) {
            return DeploymentState.DEPLOYING;
        }
        if (count.containsKey(ReplicaState.MOVING)) {
            return DeploymentState.MOVING;
        }
        return count.containsKey(ReplicaState.UPDATING) ? DeploymentState.UPDATING : DeploymentState.RESTARTING;
    }

    private static boolean isWrong(ReplicaState state) {
        return switch (state) {
            case DEGRADED, FAILED, STOPPED, STOPPING, SLEEPING -> true;
            case PENDING, DEPLOYING, RUNNING, RESTARTING, UPDATING, MOVING, ASLEEP, WAKING, DELETING -> false;
        };
    }

    private static DeploymentState same(ReplicaState state) {
        return switch (state) {
            case PENDING -> DeploymentState.PENDING;
            case DEPLOYING -> DeploymentState.DEPLOYING;
            case RUNNING -> DeploymentState.RUNNING;
            case DEGRADED -> DeploymentState.DEGRADED;
            case STOPPING -> DeploymentState.STOPPING;
            case STOPPED -> DeploymentState.STOPPED;
            case SLEEPING -> DeploymentState.STOPPING;
            case ASLEEP -> DeploymentState.ASLEEP;
            case WAKING -> DeploymentState.DEPLOYING;
            case RESTARTING -> DeploymentState.RESTARTING;
            case UPDATING -> DeploymentState.UPDATING;
            case MOVING -> DeploymentState.MOVING;
            case DELETING -> DeploymentState.DELETING;
            case FAILED -> DeploymentState.FAILED;
        };
    }

    private static boolean any(List<Replica> replicas, Predicate<Replica> is) {
        return replicas.stream().anyMatch(is);
    }

    /** That of its only replica as it is; of several, how many are ready, and what is wrong with the first of the others. */
    private static ReasonCode.Reason reason(
            List<Replica> staying, DeploymentState state, int replicas, Rollout rollout) {
        if (rollout != null && rollout.reason() != null && rollout.isUnderWay() && staying.size() > 1) {
            return ReasonCode.UPDATE_FAILED.because(
                    "update failed, the version before comes back: " + rollout.reason());
        }
        ReasonCode.Reason first = reasonOf(staying, staying.size() == 1 && replicas == 1 ? -1 : replicas);
        boolean resting = state == DeploymentState.RUNNING || state == DeploymentState.STOPPED;
        if ((staying.size() == 1 && replicas == 1) || first == null || resting) {
            return first;
        }
        long ready = staying.stream().filter(Replica::isReady).count();
        return first.code() == null
                ? new ReasonCode.Reason(null, ready + " of " + replicas + " ready; " + first.text())
                : first.code().because(ready + " of " + replicas + " ready; " + first.text());
    }

    /** @param named less than 0: there is only one, so its number says nothing */
    private static ReasonCode.Reason reasonOf(List<Replica> replicas, int named) {
        return replicas.stream()
                .filter(replica -> replica.reason() != null)
                .findFirst()
                .map(replica -> named < 0 || replicas.size() == 1
                        ? replica.reason()
                        : new ReasonCode.Reason(
                                replica.reasonCode(), "replica " + replica.index() + ": " + replica.statusReason()))
                .orElse(null);
    }
}
