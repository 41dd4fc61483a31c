package io.aiwm.controller.scheduler;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.aiwm.controller.execution.HostPort;
import java.time.Instant;
import java.util.List;

/**
 * What a node has, what of it is promised, and what is left. Amounts used by others than AIWM, or reserved, are neither
 * promised nor free.
 *
 * @param cpu cores; {@code cpuClaimed} of them promised, {@code cpuReserved} left to the machine itself
 * @param memoryOthersBytes in use by what AIWM did not start, as far as can be told
 * @param cooldownFailures how often in a row work on it failed by its own fault; 0 without a cooldown
 * @param cooldownUntil it gets nothing new before this, because work on it failed several times; null: it does
 */
public record NodeAmounts(
        String nodeId,
        int slots,
        int slotsUsed,
        double cpu,
        double cpuReserved,
        double cpuClaimed,
        double cpuFree,
        long memoryBytes,
        long memoryReservedBytes,
        long memoryClaimedBytes,
        long memoryOthersBytes,
        long memoryFreeBytes,
        Disk disk,
        List<Gpu> gpus,
        List<Claimed> claims,
        Instant cooldownUntil,
        int cooldownFailures,
        String cooldownReason) {

    /** The disk that work writes to; all 0 where none is known. */
    public record Disk(long totalBytes, long claimedBytes, long othersBytes, long freeBytes) {}

    /** @param outOfService why it gets no work; null: it does */
    public record Gpu(
            int index, long memoryBytes, long claimedBytes, long othersBytes, long freeBytes, String outOfService) {}

    /** @param id the command's, or {@code <deployment>/<replica>}. @param slots 1, or 0 for what outlives steps */
    public record Claimed(
            String id,
            int slots,
            double cpu,
            long memoryBytes,
            long diskBytes,
            List<Integer> gpus,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<HostPort> hostPorts) {}
}
