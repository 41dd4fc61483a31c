package io.aiwm.controller.scheduler;

import io.aiwm.common.Amounts;
import io.aiwm.common.Amounts.Kind;
import io.aiwm.controller.execution.HostPort;
import io.aiwm.controller.node.CurrentUsage;
import io.aiwm.controller.node.Node;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.protocol.NodeModel;
import io.aiwm.protocol.SystemInfo;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One node's account: what it has, what of it is promised, and what others than AIWM use. Free is capacity minus what is
 * promised minus the larger of the reserved share and what others use. Changed by {@link Ledger} only, under its lock.
 */
final class NodeInfo {
    private static final int DEFAULT_SLOTS = 4;
    final String id;
    Node node;
    int slots;
    /** What it has; of what is not known, nothing. GPUs are counted one by one, and not in these sums. */
    Amounts total = Amounts.NOTHING;

    private Amounts reserved = Amounts.NOTHING;
    private Amounts claimed = Amounts.NOTHING;
    /** In use by others than AIWM. */
    private Amounts others = Amounts.NOTHING;
    /** What a step may get of an empty node. */
    Amounts usable = Amounts.NOTHING;
    /** What is left of it besides what others use. */
    private Amounts givable = Amounts.NOTHING;

    Amounts free = Amounts.NOTHING;

    List<NodeGpu> gpus = List.of();

    /** Names of models it is known to hold, as {@link NodeModel#nameOf(String)} has them. */
    Set<String> models = Set.of();

    final Map<String, LedgerEntry> entries = new LinkedHashMap<>();
    /** Those of them that hold ports. */
    final List<LedgerEntry> publishing = new ArrayList<>(0);

    int slotsUsed;
    long cooldownUntil;
    /** Another controller was first here a moment ago. */
    long refusedUntil;
    /** Which share of its zone's slots is taken, as of {@link ZoneLoad}. */
    double zoneLoad;

    /** The unit this node is kept free for, and until when. */
    String reservedFor;

    long reservedUntil;

    NodeInfo(Node node, double cpuShare, double memoryShare) {
        this.id = node.id();
        is(node, cpuShare, memoryShare);
    }

    /** A node that is not known: it has nothing, but claims may name it. */
    NodeInfo(String id) {
        this.id = id;
    }

    /** Takes in what the node is now; what is promised stays. */
    void is(Node now, double cpuShare, double memoryShare) {
        holds(now);
        boolean first = node == null;
        node = now;
        slots = now.maxParallel() == null ? DEFAULT_SLOTS : now.maxParallel();
        SystemInfo system = now.system();
        total = totalOf(system);
        SystemInfo.Disk disk = system == null ? null : system.workDisk();
        if (first && disk != null && disk.usedBytes() != null) {
            others = others.with(Kind.DISK, disk.usedBytes()); // until it is heard again: heartbeats do not tell
        }
        reserved = Amounts.NOTHING
                .with(Kind.CPU, Math.round(total.get(Kind.CPU) * cpuShare))
                .with(Kind.MEMORY, Math.round(total.get(Kind.MEMORY) * memoryShare));
        sumUp();
        gpus = gpus(now, gpus);
    }

    private static Amounts totalOf(SystemInfo system) {
        if (system == null) {
            return Amounts.NOTHING;
        }
        SystemInfo.Cpu cpu = system.cpu();
        SystemInfo.Memory memory = system.memory();
        SystemInfo.Disk disk = system.workDisk();
        return Amounts.of(
                cpu == null || cpu.cores() == null ? 0 : cpu.cores(),
                memory == null || memory.totalBytes() == null ? 0 : memory.totalBytes(),
                disk == null || disk.totalBytes() == null ? 0 : disk.totalBytes());
    }

    private void sumUp() {
        usable = total.minus(reserved);
        givable = total.minus(reserved.max(others));
        free = givable.minus(claimed);
    }

    /** Takes in the models it has now. They decide which node is the best, not which are eligible. */
    void holds(Node now) {
        if (node == null || !now.models().equals(node.models())) {
            models = now.models().stream().map(NodeModel::name).collect(Collectors.toUnmodifiableSet());
        }
    }

    private static List<NodeGpu> gpus(Node node, List<NodeGpu> before) {
        if (node.system() == null || node.system().gpus() == null) {
            return List.of();
        }
        var old = new HashMap<Integer, NodeGpu>();
        before.forEach(gpu -> old.put(gpu.index, gpu));
        Map<Integer, String> out = node.gpusOutOfService();
        var now = new ArrayList<NodeGpu>();
        for (SystemInfo.Gpu gpu : node.system().gpus()) {
            if (gpu.index() == null) {
                continue;
            }
            var fresh = new NodeGpu(
                    gpu.index(),
                    gpu.model(),
                    gpu.memoryTotalBytes() == null ? 0 : gpu.memoryTotalBytes(),
                    out.get(gpu.index()));
            NodeGpu was = old.get(fresh.index);
            if (was != null) {
                fresh.claimed = was.claimed;
                fresh.claims = was.claims;
                fresh.foreign = Math.min(was.foreign, fresh.capacity);
            }
            now.add(fresh);
        }
        return now;
    }

    boolean isUp() {
        return node.status().isUp();
    }

    Reason down() {
        NodeStatus status = node.status();
        return switch (status) {
            case OFFLINE -> Reason.OFFLINE;
            case UNHEALTHY -> Reason.UNHEALTHY;
            case PENDING -> Reason.PENDING;
            case IDLE, BUSY -> null;
        };
    }

    NodeClaims.Limits limits() {
        var shares = new ArrayList<Amounts.Gpu>();
        for (NodeGpu gpu : gpus) {
            if (gpu.outOfService == null) {
                // a whole one is whole though its driver uses a little
                shares.add(new Amounts.Gpu(gpu.index, gpu.isLittleUsed() ? gpu.capacity : gpu.capacity - gpu.foreign));
            }
        }
        return new NodeClaims.Limits(givable.withGpus(shares), slots);
    }

    int slotsFree() {
        return slots - slotsUsed;
    }

    void add(LedgerEntry entry) {
        entries.put(entry.id, entry);
        count(entry, 1);
    }

    void remove(LedgerEntry entry) {
        if (entries.remove(entry.id) != null) {
            count(entry, -1);
        }
    }

    private void count(LedgerEntry entry, int sign) {
        slotsUsed += sign * entry.slots;
        Amounts amounts = entry.claim.amounts().withGpus(List.of());
        claimed = sign > 0 ? claimed.plus(amounts) : claimed.minus(amounts);
        free = givable.minus(claimed);
        if (!entry.claim.hostPorts().isEmpty()) {
            publishing.remove(entry);
            if (sign > 0) {
                publishing.add(entry);
            }
        }
        for (Amounts.Gpu share : entry.claim.gpus()) {
            for (NodeGpu gpu : gpus) {
                if (gpu.index == share.index()) {
                    gpu.claimed += sign * share.memoryBytes();
                    gpu.claims += sign;
                }
            }
        }
    }

    /** Whether a port it asks for is something else's here. */
    boolean hasTaken(ResourceRequest request) {
        List<HostPort> ports = request.hostPorts();
        for (LedgerEntry entry : publishing) {
            if (entry.claim.collides(ports) && !ReplicaClaims.idOf(entry.id).equals(request.claimId())) {
                return true;
            }
        }
        return false;
    }

    /**
     * Takes in what the machine says is in use. What is used beyond all promises is surely others'; what was others' while
     * nothing was promised stays theirs, so that work that has not yet taken its memory does not hide them.
     */
    void uses(CurrentUsage use) {
        if (use.memoryUsedBytes() != null) {
            othersUse(Kind.MEMORY, use.memoryUsedBytes());
        }
        if (use.diskUsedBytes() != null) {
            othersUse(Kind.DISK, use.diskUsedBytes());
        }
        sumUp();
        for (NodeGpu gpu : gpus) {
            Long used = use.gpuMemoryUsedBytes().get(gpu.index);
            if (used != null) {
                gpu.foreign = foreign(gpu.foreign, used, gpu.claimed);
            }
        }
    }

    private void othersUse(Kind kind, long used) {
        others = others.with(kind, foreign(others.get(kind), used, claimed.get(kind)));
    }

    NodeAmounts amounts(Cooldowns.Cooldown rest) {
        return new NodeAmounts(
                id,
                new NodeAmounts.Slots(slots, slotsUsed),
                new NodeAmounts.Sums(total, reserved, claimed, others, free.atLeastNothing()),
                gpus.stream()
                        .map(gpu -> new NodeAmounts.Gpu(
                                gpu.index,
                                gpu.capacity,
                                gpu.claimed,
                                gpu.foreign,
                                gpu.outOfService == null ? gpu.free() : 0,
                                gpu.outOfService))
                        .toList(),
                entries.values().stream()
                        .map(entry -> new NodeAmounts.Claimed(entry.id, entry.slots, entry.claim))
                        .toList(),
                rest == null
                        ? null
                        : new NodeAmounts.Cooldown(
                                Instant.ofEpochMilli(rest.until()), rest.failures(), rest.lastError()));
    }

    /** Forgets all claims. */
    void clearClaims() {
        for (NodeGpu gpu : gpus) {
            gpu.claimed = 0;
            gpu.claims = 0;
        }
        entries.clear();
        publishing.clear();
        slotsUsed = 0;
        claimed = Amounts.NOTHING;
        sumUp();
    }

    private static long foreign(long before, long used, long claimed) {
        return claimed == 0 ? used : Math.max(Math.min(before, used), used - claimed);
    }
}
