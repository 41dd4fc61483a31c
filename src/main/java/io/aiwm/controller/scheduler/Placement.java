package io.aiwm.controller.scheduler;

import io.aiwm.boot.Config;
import io.aiwm.common.Amounts;
import io.aiwm.common.Amounts.Kind;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.node.LabelSelector;
import io.aiwm.controller.node.Node;
import io.aiwm.controller.node.NodeStatus;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which node a step goes to: those that cannot take it are filtered out for one reason each, and of the others the best is taken. Pure: it reads accounts and changes nothing; the claim that follows is the judge.
 *
 * <p>A decision costs a few nanoseconds per eligible node, because what lasts (zone, labels, size, ...) is filtered once
 * per kind of step and node change ({@link #eligible}), and only what work changes is looked at each time.
 */
final class Placement {
    private static final int ENOUGH = 100;
    private final Config.Scheduler settings;
    private final ReplicaSpread spread;

    Placement(Config.Scheduler settings, ReplicaSpread spread) {
        this.settings = settings;
        this.spread = spread;
    }

    /** Why this node is out for good or until it changes; null: it is eligible. Says nothing of free amounts. */
    Reason lasting(ResourceRequest request, LabelSelector labels, NodeInfo candidate) {
        Node node = candidate.node;
        if (request.pinnedTo() != null && !request.pinnedTo().equals(candidate.id)) {
            return Reason.ANOTHER;
        }
        if (!request.avoided().isEmpty() && request.avoided().contains(candidate.id)) {
            return Reason.FAILED_THERE;
        }
        if (node.status() == NodeStatus.PENDING) {
            return Reason.PENDING; // nobody knows what it has
        }
        Requires wish = request.wish();
        if (wish.zone() != null && !wish.zone().equals(node.zone())) {
            return Reason.ZONE;
        }
        if (wish.role() != null && !wish.role().equals(node.role())) {
            return Reason.ROLE;
        }
        if (labels != null && !labels.matches(node.labels())) {
            return Reason.LABELS;
        }
        // a silent engine takes its capability, its runtimes and the word on which disk is for work along; all come
        // back
        boolean silent = request.misses(node.system());
        if (!node.capabilities().containsAll(silent ? request.withoutEngine() : request.capabilities())) {
            return Reason.CAPABILITY;
        }
        if (!silent && wish.runtime() != null && !node.runtimes().contains(wish.runtime())) {
            return Reason.RUNTIME;
        }
        Kind tooSmall = request.amounts().firstLacking(candidate.usable);
        if (tooSmall != null && !(silent && tooSmall == Kind.DISK)) {
            return Reason.tooSmall(tooSmall);
        }
        Reason gpus = request.gpuCount() == 0 ? null : gpusByKind(request, candidate);
        if (gpus == Reason.GPUS) {
            return gpus;
        }
        Reason state = silent ? Reason.ENGINE : state(request, candidate);
        return state == null ? gpus : state;
    }

    /** What lasts comes before it, so that a node that is down and too small as well is known to be too small. */
    private static Reason state(ResourceRequest request, NodeInfo candidate) {
        Reason down = candidate.down();
        if (down != null || candidate.node.schedulable() || request.clears()) {
            return down;
        }
        return candidate.node.draining() ? Reason.DRAINING : Reason.CORDONED;
    }

    private static Reason gpusByKind(ResourceRequest request, NodeInfo candidate) {
        int of = 0;
        int out = 0;
        for (NodeGpu gpu : candidate.gpus) {
            if (kind(request, gpu)) {
                of++;
                out += gpu.outOfService == null ? 0 : 1;
            }
        }
        if (of < request.gpuCount()) {
            return Reason.GPUS;
        }
        return of - out < request.gpuCount() ? Reason.GPUS_OUT : null;
    }

    /** Why this eligible node cannot take it at this moment; null: it can. */
    Reason passing(ResourceRequest request, String unit, NodeInfo candidate, long now) {
        if (request.asksForPorts() && candidate.hasTaken(request)) {
            return Reason.NO_PORT;
        }
        if (candidate.cooldownUntil > now) {
            return Reason.COOLDOWN;
        }
        if (spread.isFull(request, candidate)) {
            return Reason.REPLICAS;
        }
        if (candidate.reservedFor != null && candidate.reservedUntil > now && !candidate.reservedFor.equals(unit)) {
            return Reason.HELD;
        }
        if (candidate.slotsUsed >= candidate.slots) {
            return Reason.NO_SLOT;
        }
        Reason lacks = lacking(request, candidate);
        return lacks == null && candidate.refusedUntil > now ? Reason.REFUSED : lacks;
    }

    private static Reason lacking(ResourceRequest request, NodeInfo candidate) {
        Kind lacking = request.amounts().firstLacking(candidate.free);
        if (lacking != null) {
            return Reason.noneFree(lacking);
        }
        return request.gpuCount() > 0 && gpusFree(request, candidate) < request.gpuCount() ? Reason.NO_GPU : null;
    }

    /**
     * The index of the best of the eligible nodes, or -1 when none can take it now. Where many can, the best of the first
     * {@value #ENOUGH} found. What asks for GPUs or for models, and a further replica, looks at all.
     *
     * @param unit whose decision this is: nodes kept free for another are left alone
     * @param start where to begin; among equals the first wins
     */
    int best(ResourceRequest request, String unit, NodeInfo[] eligible, long now, int start) {
        List<String> models = request.readsModels() ? request.models() : List.of();
        int best = -1;
        double bestScore = Double.NEGATIVE_INFINITY;
        int count = eligible.length;
        ReplicaSpread.Siblings siblings = spread.siblings(request, eligible);
        int enough = request.gpuCount() > 0 || request.readsModels() || siblings.all() > 0 ? count : ENOUGH;
        int at = count == 0 ? 0 : Math.floorMod(start, count);
        for (int i = 0; i < count && enough > 0; i++) {
            NodeInfo candidate = eligible[at];
            if (passing(request, unit, candidate, now) == null) {
                double score = score(request, models, candidate) - siblings.penalty(candidate);
                if (score > bestScore) {
                    best = at;
                    bestScore = score;
                }
                enough--;
            }
            at = at + 1 == count ? 0 : at + 1;
        }
        return best;
    }

    /** Each term is 0 to 1 (the best), times its weight. */
    private double score(ResourceRequest request, List<String> models, NodeInfo candidate) {
        Config.Weights weight = settings.weights();
        double score = 0;
        if (request.asksForAmounts()) {
            double used = fill(request, candidate);
            score += weight.fit() * (settings.policy() == Config.Scheduler.Packing.BINPACK ? used : 1 - used);
        }
        score += weight.spread() * (1 - candidate.slotsUsed / (double) Math.max(1, candidate.slots));
        score += weight.zone() * (1 - candidate.zoneLoad);
        if (request.gpuCount() == 0 && !candidate.gpus.isEmpty()) {
            score -= weight.gpuReserve(); // work that needs no GPU leaves nodes that have some alone
        }
        if (!models.isEmpty()) {
            Set<String> held = candidate.models;
            long here = models.stream().filter(held::contains).count();
            score += weight.locality() * here / models.size();
        }
        return score;
    }

    /**
     * How full the node would be, 0 to 1, averaged over what the step asks for. Of disk there only has to be enough. Read
     * field by field and not by {@link Kind}, because each decision does it up to {@value #ENOUGH} times.
     */
    private static double fill(ResourceRequest request, NodeInfo candidate) {
        double sum = 0;
        int terms = 0;
        Amounts asked = request.amounts();
        Amounts free = candidate.free;
        Amounts total = candidate.total;
        if (asked.cpuMilli() > 0) {
            sum += filled(asked.cpuMilli(), free.cpuMilli(), total.cpuMilli());
            terms++;
        }
        if (asked.memoryBytes() > 0) {
            sum += filled(asked.memoryBytes(), free.memoryBytes(), total.memoryBytes());
            terms++;
        }
        if (request.gpuCount() > 0) {
            long left = 0;
            long capacity = 1;
            for (NodeGpu gpu : candidate.gpus) {
                if (kind(request, gpu) && gpu.outOfService == null) {
                    left += gpu.free();
                    capacity += gpu.capacity;
                }
            }
            long each = request.gpuMemoryBytes() < 0 ? capacity / candidate.gpus.size() : request.gpuMemoryBytes();
            sum += 1 - (left - each * request.gpuCount()) / (double) capacity;
            terms++;
        }
        return terms == 0 ? 0 : sum / terms;
    }

    private static double filled(long asked, long free, long total) {
        return 1 - (free - asked) / (double) Math.max(1, total);
    }

    /** What it would be promised there; the very GPUs included. */
    Claim claim(ResourceRequest request, NodeInfo candidate) {
        if (!request.asksForAmounts() && !request.asksForPorts()) {
            return Claim.NOTHING;
        }
        return new Claim(request.amounts().withGpus(gpus(request, candidate)), request.hostPorts());
    }

    /** Best fit: the GPUs with the least free memory that suffices, so that emptier ones stay whole. Or the emptiest. */
    private List<Amounts.Gpu> gpus(ResourceRequest request, NodeInfo candidate) {
        if (request.gpuCount() == 0) {
            return List.of();
        }
        Comparator<NodeGpu> order = Comparator.comparingLong(NodeGpu::free);
        if (settings.policy() == Config.Scheduler.Packing.SPREAD) {
            order = order.reversed();
        }
        return candidate.gpus.stream()
                .filter(gpu -> takes(request, gpu))
                .sorted(order.thenComparing(gpu -> gpu.index))
                .limit(request.gpuCount())
                .map(gpu -> new Amounts.Gpu(
                        gpu.index, request.gpuMemoryBytes() < 0 ? gpu.capacity : request.gpuMemoryBytes()))
                .toList();
    }

    private static int gpusFree(ResourceRequest request, NodeInfo candidate) {
        int free = 0;
        for (NodeGpu gpu : candidate.gpus) {
            free += takes(request, gpu) ? 1 : 0;
        }
        return free;
    }

    private static boolean takes(ResourceRequest request, NodeGpu gpu) {
        if (gpu.outOfService != null || !kind(request, gpu)) {
            return false;
        }
        return request.gpuMemoryBytes() < 0 ? gpu.isWhole() : gpu.free() >= request.gpuMemoryBytes();
    }

    /** Of the asked model, large enough when empty, and one of the named where some are named. */
    private static boolean kind(ResourceRequest request, NodeGpu gpu) {
        List<Integer> indices = request.wish().gpus().indices();
        boolean named = indices == null || indices.isEmpty() || indices.contains(gpu.index);
        return named && gpu.isOf(request.wish().gpus().model()) && gpu.capacity >= request.gpuMemoryBytes();
    }

    /** The nodes that only want of room could exclude. Fails with INVALID when the label selector cannot be read. */
    NodeInfo[] eligible(ResourceRequest request, NodeInfo[] all) {
        LabelSelector labels = request.labels();
        var fit = new ArrayList<NodeInfo>();
        for (NodeInfo candidate : all) {
            if (lasting(request, labels, candidate) == null) {
                fit.add(candidate);
            }
        }
        return fit.toArray(NodeInfo[]::new);
    }

    /** For each reason how many nodes it excludes now. */
    Map<Reason, Integer> excluded(ResourceRequest request, String unit, NodeInfo[] all, long now) {
        LabelSelector labels = request.labels();
        var counts = new EnumMap<Reason, Integer>(Reason.class);
        for (NodeInfo candidate : all) {
            Reason reason = lasting(request, labels, candidate);
            reason = reason == null ? passing(request, unit, candidate, now) : reason;
            if (reason != null) {
                counts.merge(reason, 1, Integer::sum);
            }
        }
        return counts;
    }
}
