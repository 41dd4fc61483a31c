package io.aiwm.controller.cluster;

import io.aiwm.controller.node.Drain;
import io.aiwm.controller.node.Node;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.scheduler.NodeAmounts;
import io.aiwm.protocol.SystemInfo;
import io.vertx.core.json.JsonObject;
import java.util.EnumMap;
import java.util.Map;

/** Sums over nodes. Every node is counted by its state; what it has counts only while it is up. Lives within one call. */
final class Totals {
    private final Map<NodeStatus, Integer> byStatus = new EnumMap<>(NodeStatus.class);
    private int nodes;
    private int cordoned;
    private int draining;
    private int drained;
    private int held;
    private double cpu;
    private double cpuClaimed;
    private double cpuUsed;
    private long memory;
    private long memoryClaimed;
    private long memoryUsed;
    private long disk;
    private long diskClaimed;
    private long diskUsed;
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
        cpu += amounts.cpu();
        cpuClaimed += amounts.cpuClaimed();
        memory += amounts.memoryBytes();
        memoryClaimed += amounts.memoryClaimedBytes();
        disk += amounts.disk().totalBytes();
        diskClaimed += amounts.disk().claimedBytes();
        slots += amounts.slots();
        slotsTaken += amounts.slotsUsed();
        for (NodeAmounts.Gpu gpu : amounts.gpus()) {
            gpus++;
            gpusOut += gpu.outOfService() == null ? 0 : 1;
            gpuMemory += gpu.memoryBytes();
            gpuClaimed += gpu.claimedBytes();
        }
    }

    private void uses(SystemInfo seen) {
        SystemInfo.Cpu processor = seen.cpu();
        if (processor != null && processor.usage() != null && processor.cores() != null) {
            cpuUsed += processor.usage() * processor.cores();
        }
        if (seen.memory() != null && seen.memory().usedBytes() != null) {
            memoryUsed += seen.memory().usedBytes();
        }
        if (seen.workDisk() != null && seen.workDisk().usedBytes() != null) {
            diskUsed += seen.workDisk().usedBytes();
        }
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
                .put(
                        "cpu",
                        new JsonObject()
                                .put("cores", cpu)
                                .put("claimed", rounded(cpuClaimed))
                                .put("used", rounded(cpuUsed)))
                .put(
                        "memory",
                        new JsonObject()
                                .put("totalBytes", memory)
                                .put("claimedBytes", memoryClaimed)
                                .put("usedBytes", memoryUsed))
                .put(
                        "disk",
                        new JsonObject()
                                .put("totalBytes", disk)
                                .put("claimedBytes", diskClaimed)
                                .put("usedBytes", diskUsed))
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

    private static double rounded(double cores) {
        return Math.round(cores * 1_000) / 1_000.0;
    }
}
