package io.aiwm.controller.deployment;

import io.aiwm.protocol.DeploymentCommand;

/**
 * How an update replaces the containers of a deployment.
 *
 * @param maxSurge how many more than {@code replicas} there may be meanwhile. 0: each is replaced where it is
 * @param maxUnavailable how many fewer than {@code replicas} may be ready meanwhile
 * @param healthDeadlineSeconds how long a new container may take from its start until it is ready, and may be unwell later in
 *     the update; null: as long as the step may, and {@link RolloutSteps#UNWELL}
 * @param autoRollback whether the last good generation comes back when a new container fails; null: yes
 * @param drainSeconds how long a container that is to be stopped runs on after its address has left the record; null: {@value
 *     #DRAIN_SECONDS} where none may be missing, else 0
 */
public record RolloutPolicy(
        Integer maxSurge,
        Integer maxUnavailable,
        Integer healthDeadlineSeconds,
        Boolean autoRollback,
        Integer drainSeconds) {
    static final RolloutPolicy DEFAULT = new RolloutPolicy(null, null, null, null, null);
    static final int MOST_SECONDS = 86_400;
    /** Some polls of whoever reads addresses from the record. */
    static final int DRAIN_SECONDS = 2;

    static final int MOST_DRAIN_SECONDS = (int) (DeploymentCommand.MOST_DRAIN_MS / 1000);

    int surge() {
        return maxSurge == null ? 0 : maxSurge;
    }

    /** Of an update that makes nothing beside what there is, at least one must be able to go. */
    int unavailable() {
        return maxUnavailable == null ? (surge() == 0 ? 1 : 0) : maxUnavailable;
    }

    int drain() {
        return drainSeconds == null ? (unavailable() == 0 ? DRAIN_SECONDS : 0) : drainSeconds;
    }

    boolean rollsBack() {
        return !Boolean.FALSE.equals(autoRollback);
    }
}
