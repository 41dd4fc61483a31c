package io.aiwm.controller.deployment;

import io.aiwm.common.Amounts;
import io.aiwm.common.Ids;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.RequiresBuilder;
import java.time.Instant;
import java.util.List;

/**
 * Which replicas sleep instead of being removed, which of them are woken instead of making others, and what one that sleeps holds of
 * its node. Pure, as {@link DesiredReplicas}.
 */
final class SleepingReplicas {
    private final ReplicaNodes nodes;

    SleepingReplicas(ReplicaNodes nodes) {
        this.nodes = nodes;
    }

    /** Whether this one, which is to go, can sleep instead. */
    static boolean maySleep(Instance one) {
        Deployment of = one.of();
        return of.autoscale() != null
                && of.replicas() == 0
                && of.scaling() != null
                && of.scaling().maySleep()
                && canSleep(one)
                && (one.status() == ReplicaState.WAKING || one.reasonCode() != ReasonCode.SLEEP_FAILED);
    }

    /** Whether it would sleep if its deployment were to have no replicas. */
    static boolean canSleep(Instance one) {
        boolean awake = one.status() == ReplicaState.RUNNING || one.status() == ReplicaState.WAKING;
        return awake
                && one.engine() != null
                && one.engine().sleeps()
                && one.replica().aim() == one.of().generation()
                && one.desired() == Deployment.Desired.RUNNING;
    }

    /** Puts it to sleep, after ending what else is being done to it. */
    static Instance slept(Instance one, Instant now) {
        return one.change()
                .wanted()
                .execution(Ids.next("ex"), ReplicaActions.underWay(one), Deployments.SYSTEM)
                .status(ReplicaState.SLEEPING)
                .at(now)
                .done();
    }

    /** Removes those that sleep and are not wanted any more, and wakes as many as are missing. */
    Deployment next(Deployment seen, Instant now) {
        Deployment kept = DesiredReplicas.each(
                seen, one -> isOver(one) ? ReplicaActions.deleted(one, nodes, Deployments.SYSTEM, now) : one);
        int missing = kept.replicas() - DesiredReplicas.live(kept).size();
        Deployment after = kept;
        for (Replica replica : kept.instances()) {
            if (missing > 0 && replica.state() == ReplicaState.ASLEEP) {
                after = after.with(after.instance(replica.index())
                        .change()
                        .wanted()
                        .execution(Ids.next("ex"), null, Deployments.SYSTEM)
                        .status(ReplicaState.WAKING)
                        .at(now)
                        .done());
                missing--;
            }
        }
        return after;
    }

    private boolean isOver(Instance one) {
        return switch (one.status()) {
            case ASLEEP -> !isKept(one);
            case WAKING -> isToBeElsewhere(one);
            case FAILED -> one.reasonCode() == ReasonCode.WAKE_FAILED;
            case PENDING, DEPLOYING, RUNNING, DEGRADED, STOPPING, STOPPED, RESTARTING -> false;
            case UPDATING, MOVING, SLEEPING, DELETING -> false;
        };
    }

    private boolean isKept(Instance one) {
        Deployment of = one.of();
        boolean wanted = of.autoscale() != null
                && (of.replicas() > 0 || (of.scaling() != null && of.scaling().maySleep()));
        return wanted
                && one.replica().generation() == of.generation()
                && one.replica().restart() == null
                && nodes.isKnown(one.nodeId())
                && !nodes.isLost(one.nodeId());
    }

    private static boolean isToBeElsewhere(Instance one) {
        Scaling why = one.of().scaling();
        return why != null
                && why.code() == Scaling.Code.ELSEWHERE
                && one.since() != null
                && one.since().isBefore(why.at());
    }

    /** What one asks for that wakes: of GPUs the very ones that its engine still knows. */
    static Requires again(Requires all, Instance one) {
        Claim before = one.container().claim();
        List<Integer> same = before == null
                ? List.of()
                : before.gpus().stream().map(Amounts.Gpu::index).toList();
        Requires.Gpus gpus = all.gpus();
        return gpus == null || same.isEmpty()
                ? all
                : RequiresBuilder.builder(all)
                        .gpus(new Requires.Gpus(same.size(), gpus.memoryBytes(), null, same))
                        .build();
    }

    /**
     * What it holds while it sleeps: the memory of its host and its ports, nothing of the processors, and of GPUs that it shares with
     * others what stays in them. What stays in one that it had for itself is not claimed: it is measured as used, and a GPU is given
     * as a whole also where a little of it is.
     */
    static Claim restOf(Instance one, Claim whole) {
        Requires.Gpus asked = new ReplicaSteps(one).gpus();
        boolean shared = asked != null && asked.memoryBytes() != null;
        long rest = one.engine() == null ? 0 : one.engine().restBytes();
        List<Amounts.Gpu> stay = !shared
                ? List.of()
                : whole.gpus().stream()
                        .map(gpu -> new Amounts.Gpu(gpu.index(), Math.min(rest, gpu.memoryBytes())))
                        .toList();
        Amounts amounts = whole.amounts();
        return new Claim(new Amounts(0, amounts.memoryBytes(), amounts.diskBytes(), stay), whole.hostPorts());
    }
}
