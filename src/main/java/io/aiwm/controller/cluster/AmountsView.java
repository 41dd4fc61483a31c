package io.aiwm.controller.cluster;

import io.aiwm.controller.scheduler.NodeAmounts;
import java.time.Instant;
import java.util.List;

/**
 * What a node has and to whom it is promised, as people are shown it: the very numbers the scheduler decides by. What is
 * free is all, less what is claimed, less the larger of what is reserved and what others use; never below 0.
 *
 * @param cooldown null: it gets new work
 */
public record AmountsView(
        Slots slots,
        Cpu cpu,
        Memory memory,
        NodeAmounts.Disk disk,
        List<NodeAmounts.Gpu> gpus,
        Claims claims,
        Cooldown cooldown) {
    /** So many claims of one node are shown; there may be more. */
    static final int MOST_CLAIMS = 1_000;

    public record Slots(int total, int taken) {}

    /** Cores. @param reserved for the machine itself */
    public record Cpu(double cores, double reserved, double claimed, double free) {}

    /** @param othersBytes in use by what AIWM did not start, as far as can be told */
    public record Memory(long totalBytes, long reservedBytes, long claimedBytes, long othersBytes, long freeBytes) {}

    /** @param items those taken first; null where they are not shown one by one */
    public record Claims(int total, List<NodeAmounts.Claimed> items) {}

    /** @param failures of the node's own in a row. @param reason what the last of them said */
    public record Cooldown(Instant until, int failures, String reason) {}

    /** With claims one by one. */
    public static AmountsView whole(NodeAmounts has) {
        return of(has, has.claims().stream().limit(MOST_CLAIMS).toList());
    }

    /** For lists: of the claims only how many there are. */
    static AmountsView listed(NodeAmounts has) {
        return of(has, null);
    }

    private static AmountsView of(NodeAmounts has, List<NodeAmounts.Claimed> claims) {
        return new AmountsView(
                new Slots(has.slots(), has.slotsUsed()),
                new Cpu(has.cpu(), has.cpuReserved(), has.cpuClaimed(), has.cpuFree()),
                new Memory(
                        has.memoryBytes(),
                        has.memoryReservedBytes(),
                        has.memoryClaimedBytes(),
                        has.memoryOthersBytes(),
                        has.memoryFreeBytes()),
                has.disk(),
                has.gpus(),
                new Claims(has.claims().size(), claims),
                has.cooldownUntil() == null
                        ? null
                        : new Cooldown(has.cooldownUntil(), has.cooldownFailures(), has.cooldownReason()));
    }
}
