package io.aiwm.controller.scheduler;

import io.aiwm.common.Amounts;
import io.aiwm.controller.execution.Claim;
import java.time.Instant;
import java.util.List;

/**
 * What a node has, what of it is promised, and what is left. Amounts used by others than AIWM, or reserved, are neither
 * promised nor free.
 *
 * @param sums without GPUs, which are counted one by one
 * @param cooldown null: the node gets new work
 */
public record NodeAmounts(
        String nodeId, Slots slots, Sums sums, List<Gpu> gpus, List<Claimed> claims, Cooldown cooldown) {

    public record Slots(int total, int taken) {}

    /**
     * @param total all 0 of what is not known
     * @param reserved left to the machine itself
     * @param others in use by what AIWM did not start, as far as can be told
     * @param free never below 0
     */
    public record Sums(Amounts total, Amounts reserved, Amounts claimed, Amounts others, Amounts free) {}

    /** @param outOfService why it gets no work; null: it does */
    public record Gpu(
            int index, long memoryBytes, long claimedBytes, long othersBytes, long freeBytes, String outOfService) {}

    /** @param id the command's, or {@code <deployment>/<replica>}. @param slots 1, or 0 for what outlives steps */
    public record Claimed(String id, int slots, Claim claim) {}

    /**
     * It gets nothing new before a time, because work on it failed several times in a row by the node's own fault.
     *
     * @param reason what the last failure said
     */
    public record Cooldown(Instant until, int failures, String reason) {}
}
