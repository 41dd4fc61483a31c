package io.aiwm.controller.scheduler;

import io.aiwm.common.Amounts;
import io.aiwm.controller.execution.Placer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The nodes that are kept free for whatever has waited longest. Used under the lock of {@link Scheduler}. */
final class Reservations {
    /** So many of what found no room are looked at: the first may be a gang that the fleet can never hold at once. */
    static final int MOST = 8;

    private final Ledger ledger;
    private final Duration after;
    private final Function<ResourceRequest, NodeInfo[]> eligible;
    private String starving;
    private List<NodeInfo> kept = List.of();
    private long epoch;

    /**
     * @param after so long a unit must have waited
     * @param eligible the nodes that only want of room could exclude
     */
    Reservations(Ledger ledger, Duration after, Function<ResourceRequest, NodeInfo[]> eligible) {
        this.ledger = ledger;
        this.after = after;
        this.eligible = eligible;
    }

    /** This unit waits no more. */
    void over(SchedulingUnit unit) {
        if (unit.key().equals(starving)) {
            letGo();
        }
    }

    /** What was kept free of this node for the unit is its own now. */
    void placed(SchedulingUnit unit, NodeInfo node) {
        if (unit.key().equals(node.reservedFor)) {
            node.reservedFor = null;
            ledger.touched(node);
        }
    }

    /**
     * A unit that asks for much and has waited long gets nodes that nothing smaller may fill up again and again: one, or
     * those that its whole gang needs.
     *
     * @param blocked what waits and found no room, in the order of turns
     */
    void keepFor(List<SchedulingUnit> blocked, long now) {
        for (SchedulingUnit unit : blocked) {
            if (!starves(unit, now)) {
                continue;
            }
            if (unit.key().equals(starving) && stillKept()) {
                return;
            }
            List<NodeInfo> nodes = nodesFor(unit, now);
            if (nodes != null) {
                letGo();
                for (NodeInfo node : nodes) {
                    node.reservedFor = unit.key();
                    node.reservedUntil = Long.MAX_VALUE;
                }
                starving = unit.key();
                kept = nodes;
                epoch = ledger.epoch();
                return;
            }
        }
        letGo();
    }

    private boolean starves(SchedulingUnit unit, long now) {
        return (unit.isGang() || unit.request().asksForAmounts()) && now - unit.queuedAt() > after.toMillis();
    }

    /** False also when a node of it may have gone down. */
    private boolean stillKept() {
        return epoch == ledger.epoch()
                && kept.stream()
                        .allMatch(node -> starving.equals(node.reservedFor) && node.reservedUntil == Long.MAX_VALUE);
    }

    private void letGo() {
        if (starving == null) {
            return;
        }
        for (NodeInfo node : ledger.all()) {
            if (starving.equals(node.reservedFor)) {
                node.reservedFor = null;
                ledger.touched(node);
            }
        }
        starving = null;
        kept = List.of();
    }

    /** For each wish the node that has to give back least; null when they do not fit, even with nothing else there. */
    private List<NodeInfo> nodesFor(SchedulingUnit unit, long now) {
        var planned = new HashMap<NodeInfo, Planned>();
        for (Placer.PlacementRequest wish : unit.wishes()) {
            ResourceRequest request = ResourceRequest.of(wish);
            if (request.queuesOnItsNode()) {
                continue;
            }
            NodeInfo nearest = nearest(unit.key(), request, planned, now);
            if (nearest == null) {
                return null;
            }
            planned.computeIfAbsent(nearest, node -> new Planned()).add(request, nearest);
        }
        return planned.isEmpty() ? null : new ArrayList<>(planned.keySet());
    }

    private NodeInfo nearest(String key, ResourceRequest request, Map<NodeInfo, Planned> planned, long now) {
        NodeInfo nearest = null;
        double least = Double.MAX_VALUE;
        for (NodeInfo node : eligible.apply(request)) {
            boolean others = node.reservedFor != null
                    && node.reservedUntil > now
                    && !node.reservedFor.equals(key)
                    && !node.reservedFor.equals(starving);
            Planned already = planned.getOrDefault(node, Planned.NOTHING);
            if (others || !already.leavesRoom(request, node)) {
                continue;
            }
            double lacks = already.lacks(request, node);
            if (lacks < least) {
                least = lacks;
                nearest = node;
            }
        }
        return nearest;
    }

    /** What of a node the gang's other steps would take. Of GPUs only their memory in all is looked at. */
    private static final class Planned {
        static final Planned NOTHING = new Planned();

        private Amounts amounts = Amounts.NOTHING;
        private long gpuBytes;
        private int slots;

        void add(ResourceRequest request, NodeInfo node) {
            amounts = amounts.plus(request.amounts());
            gpuBytes += gpuBytes(request, node);
            slots++;
        }

        boolean leavesRoom(ResourceRequest request, NodeInfo node) {
            return slots < node.slots
                    && !node.hasTaken(request) // keeping it free of others would not give it the port
                    && amounts.plus(request.amounts()).fits(node.usable)
                    && (request.gpuCount() == 0
                            || gpuBytes + gpuBytes(request, node)
                                    <= node.gpus.stream()
                                            .mapToLong(gpu -> gpu.capacity)
                                            .sum());
        }

        double lacks(ResourceRequest request, NodeInfo node) {
            Amounts missing = amounts.plus(request.amounts()).minus(node.free);
            double lacks = share(slots + 1 - node.slotsFree(), node.slots);
            for (Amounts.Kind kind : Amounts.Kind.values()) {
                lacks += share(missing.get(kind), node.total.get(kind));
            }
            return request.gpuCount() == 0
                    ? lacks
                    : lacks + node.gpus.stream().mapToInt(gpu -> gpu.claims).sum();
        }

        private static long gpuBytes(ResourceRequest request, NodeInfo node) {
            long each = request.gpuMemoryBytes() >= 0
                    ? request.gpuMemoryBytes()
                    : node.gpus.stream().mapToLong(gpu -> gpu.capacity).min().orElse(0);
            return each * request.gpuCount();
        }

        private static double share(long lacking, long of) {
            return Math.max(0, lacking) / (double) Math.max(1, of);
        }
    }
}
