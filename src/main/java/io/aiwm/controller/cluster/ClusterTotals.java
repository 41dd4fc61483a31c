package io.aiwm.controller.cluster;

import io.aiwm.common.Amounts;
import io.aiwm.controller.node.Drain;
import io.aiwm.controller.node.Node;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.scheduler.NodeAmounts;
import io.aiwm.protocol.SystemInfo;
import io.vertx.core.json.JsonObject;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Function;

/** Sums over nodes. Every node is counted by its state; what it has counts only while it is up. Lives within one call. */
final class ClusterTotals {
    private final Map<NodeStatus, Integer> byStatus = new EnumMap<>(NodeStatus.class);
    private int nodes;
    private int cordoned;
    private int draining;
    private int drained;
    private int held;
    private Amounts total = Amounts.NOTHING;
    private Amounts claimed = Amounts.NOTHING;
    private Amounts used = Amounts.NOTHING;
    private int gpus;
    private int gpusOut;
    private long gpuMemory;
    private long gpuClaimed;
    private long gpuUsed;
    private int slots;
    private int slotsTaken;

    /** @param amounts null: not known to the scheduler yet. @param seen the newest sample of its probes; null: none */
    void add(Node node, NodeAmounts amounts, SystemInfo seen) {
        nodes++;
        byStatus.merge(node.status(), 1, Integer::sum);
        cordoned += node.cordoned() ? 1 : 0;
        draining += node.draining() ? 1 : 0;
        drained += node.drain() != null && node.drain().outcome() == Drain.Outcome.COMPLETE ? 1 : 0;
        held += node.heldSince() == null || node.wasStopped() ? 0 : 1;
        if (!node.status().isUp()) {
            return;
        }
        if (amounts != null) {
            has(amounts);
        }
        if (seen != null) {
            uses(seen);
        }
    }

    private void has(NodeAmounts amounts) {
        total = total.plus(amounts.sums().total());
        claimed = claimed.plus(amounts.sums().claimed());
        slots += amounts.slots().total();
        slotsTaken += amounts.slots().taken();
        for (NodeAmounts.Gpu gpu : amounts.gpus()) {
            gpus++;
            gpusOut += gpu.outOfService() == null ? 0 : 1;
            gpuMemory += gpu.memoryBytes();
            gpuClaimed += gpu.claimedBytes();
        }
    }

    private void uses(SystemInfo seen) {
        SystemInfo.Cpu cpu = seen.cpu();
        SystemInfo.Memory memory = seen.memory();
        SystemInfo.Disk disk = seen.workDisk();
        used = used.plus(Amounts.of(
                cpu == null || cpu.usage() == null || cpu.cores() == null ? 0 : cpu.usage() * cpu.cores(),
                memory == null || memory.usedBytes() == null ? 0 : memory.usedBytes(),
                disk == null || disk.usedBytes() == null ? 0 : disk.usedBytes()));
        if (seen.gpus() != null) {
            for (SystemInfo.Gpu gpu : seen.gpus()) {
                gpuUsed += gpu.memoryUsedBytes() == null ? 0 : gpu.memoryUsedBytes();
            }
        }
    }

    JsonObject toJson() {
        var status = new JsonObject();
        for (NodeStatus each : NodeStatus.values()) {
            status.put(each.name(), byStatus.getOrDefault(each, 0));
        }
        return new JsonObject()
                .put(
                        "nodes",
                        new JsonObject()
                                .put("total", nodes)
                                .put("byStatus", status)
                                .put("cordoned", cordoned)
                                .put("draining", draining)
                                .put("drained", drained)
                                .put("held", held))
                .put("cpu", sums("cores", "claimed", "used", Amounts::cpu))
                .put("memory", sums("totalBytes", "claimedBytes", "usedBytes", Amounts::memoryBytes))
                .put("disk", sums("totalBytes", "claimedBytes", "usedBytes", Amounts::diskBytes))
                .put(
                        "gpus",
                        new JsonObject()
                                .put("count", gpus)
                                .put("outOfService", gpusOut)
                                .put("memoryBytes", gpuMemory)
                                .put("claimedBytes", gpuClaimed)
                                .put("usedBytes", gpuUsed))
                .put("slots", new JsonObject().put("total", slots).put("taken", slotsTaken));
    }

    private JsonObject sums(String ofTotal, String ofClaimed, String ofUsed, Function<Amounts, Number> amount) {
        return new JsonObject()
                .put(ofTotal, amount.apply(total))
                .put(ofClaimed, amount.apply(claimed))
                .put(ofUsed, amount.apply(used));
    }
}
