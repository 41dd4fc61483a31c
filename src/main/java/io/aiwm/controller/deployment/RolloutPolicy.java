package io.aiwm.controller.deployment;

/**
 * How an update replaces the containers of a deployment.
 *
 * @param maxSurge how many more than {@code replicas} there may be meanwhile. 0: each is replaced where it is
 * @param maxUnavailable how many fewer than {@code replicas} may be ready meanwhile
 * @param healthDeadlineSeconds how long a new container may take from its start until it is ready; null: as long as the step may
 * @param autoRollback whether the last good generation comes back when a new container fails; null: yes
 */
public record RolloutPolicy(
        Integer maxSurge, Integer maxUnavailable, Integer healthDeadlineSeconds, Boolean autoRollback) {
    static final RolloutPolicy DEFAULT = new RolloutPolicy(null, null, null, null);
    static final int MOST_SECONDS = 86_400;

    int surge() {
        return maxSurge == null ? 0 : maxSurge;
    }

    /** Of an update that makes nothing beside what there is, at least one must be able to go. */
    int unavailable() {
        return maxUnavailable == null ? (surge() == 0 ? 1 : 0) : maxUnavailable;
    }

    boolean rollsBack() {
        return !Boolean.FALSE.equals(autoRollback);
    }
}
