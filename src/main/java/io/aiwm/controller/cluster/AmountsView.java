package io.aiwm.controller.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.aiwm.common.Amounts;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.HostPort;
import io.aiwm.controller.scheduler.NodeAmounts;
import java.util.List;

/**
 * What a node has and to whom it is promised, as people are shown it: the very numbers the scheduler decides by. What is
 * free is all, less what is claimed, less the larger of what is reserved and what others use; never below 0.
 *
 * @param cooldown null: it gets new work
 */
public record AmountsView(
        NodeAmounts.Slots slots,
        Cpu cpu,
        Memory memory,
        Disk disk,
        List<NodeAmounts.Gpu> gpus,
        Claims claims,
        NodeAmounts.Cooldown cooldown) {
    /** So many claims of one node are shown; there may be more. */
    static final int MOST_CLAIMS = 1_000;

    /** Cores. @param reserved for the machine itself */
    public record Cpu(double cores, double reserved, double claimed, double free) {}

    /** @param othersBytes in use by what AIWM did not start, as far as can be told */
    public record Memory(long totalBytes, long reservedBytes, long claimedBytes, long othersBytes, long freeBytes) {}

    /** The disk that work writes to; all 0 where none is known. */
    public record Disk(long totalBytes, long claimedBytes, long othersBytes, long freeBytes) {}

    /** @param items those taken first; null where they are not shown one by one */
    public record Claims(int total, List<Claimed> items) {}

    /** @param gpus their indices */
    public record Claimed(
            String id,
            int slots,
            double cpu,
            long memoryBytes,
            long diskBytes,
            List<Integer> gpus,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<HostPort> hostPorts) {
        private static Claimed of(NodeAmounts.Claimed claimed) {
            Claim claim = claimed.claim();
            Amounts amounts = claim.amounts();
            return new Claimed(
                    claimed.id(),
                    claimed.slots(),
                    amounts.cpu(),
                    amounts.memoryBytes(),
                    amounts.diskBytes(),
                    claim.gpus().stream().map(Amounts.Gpu::index).toList(),
                    claim.hostPorts());
        }
    }

    /** Returns what the node has, with its claims one by one. */
    public static AmountsView whole(NodeAmounts has) {
        return of(has, has.claims().stream().limit(MOST_CLAIMS).map(Claimed::of).toList());
    }

    /** Returns the same for lists: of the claims only their number. */
    static AmountsView listed(NodeAmounts has) {
        return of(has, null);
    }

    private static AmountsView of(NodeAmounts has, List<Claimed> claims) {
        Amounts total = has.sums().total();
        Amounts reserved = has.sums().reserved();
        Amounts claimed = has.sums().claimed();
        Amounts others = has.sums().others();
        Amounts free = has.sums().free();
        return new AmountsView(
                has.slots(),
                new Cpu(total.cpu(), reserved.cpu(), claimed.cpu(), free.cpu()),
                new Memory(
                        total.memoryBytes(),
                        reserved.memoryBytes(),
                        claimed.memoryBytes(),
                        others.memoryBytes(),
                        free.memoryBytes()),
                new Disk(total.diskBytes(), claimed.diskBytes(), others.diskBytes(), free.diskBytes()),
                has.gpus(),
                new Claims(has.claims().size(), claims),
                has.cooldown());
    }
}
