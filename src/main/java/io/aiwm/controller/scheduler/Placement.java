package io.aiwm.controller.scheduler;

import io.aiwm.boot.Config;
import io.aiwm.common.Amounts;
import io.aiwm.common.Amounts.Kind;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.node.LabelSelector;
import io.aiwm.controller.node.Node;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.protocol.SystemInfo;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which node a step goes to: those that cannot take it are filtered out, each for one reason, and of the others the one
 * with the best score is taken. Pure: it reads accounts and changes nothing; the claim that follows is the judge.
 *
 * <p>A decision costs a few nanoseconds per eligible node, because what lasts (zone, labels, size, ...) is filtered once
 * per kind of step and node change ({@link #eligible}), and only what work changes is looked at each time.
 */
final class Placement {
    private static final int ENOUGH = 100;
    /** The kinds that count in how full a node would be; of others there only has to be enough. */
    private static final Kind[] FILLED = {Kind.CPU, Kind.MEMORY};

    private final Config.Scheduler settings;

    Placement(Config.Scheduler settings) {
        this.settings = settings;
    }

    /** Why this node is out for good or until it changes; null: it is eligible. Says nothing of free amounts. */
    Reason lasting(ResourceRequest need, LabelSelector labels, NodeInfo candidate) {
        Node node = candidate.node;
        if (need.pinnedTo() != null && !need.pinnedTo().equals(candidate.id)) {
            return Reason.ANOTHER;
        }
        if (!need.avoided().isEmpty() && need.avoided().contains(candidate.id)) {
            return Reason.FAILED_THERE;
        }
        if (node.status() == NodeStatus.PENDING) {
            return Reason.PENDING; // nobody knows what it has
        }
        Requires wish = need.wish();
        if (wish.zone() != null && !wish.zone().equals(node.zone())) {
            return Reason.ZONE;
        }
        if (wish.role() != null && !wish.role().equals(node.role())) {
            return Reason.ROLE;
        }
        if (labels != null && !labels.matches(node.labels())) {
            return Reason.LABELS;
        }
        if (wish.capabilities() != null && !node.capabilities().containsAll(wish.capabilities())) {
            // an engine that is there and silent takes its capability along; it comes back
            return need.needsEngine() && engineSilent(node.system()) ? Reason.ENGINE : Reason.CAPABILITY;
        }
        if (need.needsEngine() && engineSilent(node.system())) {
            return Reason.ENGINE;
        }
        if (wish.runtime() != null && !node.runtimes().contains(wish.runtime())) {
            return Reason.RUNTIME;
        }
        Kind tooSmall = need.amounts().firstLacking(candidate.usable);
        if (tooSmall != null) {
            return Reason.tooSmall(tooSmall);
        }
        Reason gpus = need.gpuCount() == 0 ? null : gpusByKind(need, candidate);
        if (gpus == Reason.GPUS) {
            return gpus;
        }
        Reason state = state(need, candidate);
        return state == null ? gpus : state;
    }

    /** What lasts comes before it, so that a node that is down and too small as well is known to be too small. */
    private static Reason state(ResourceRequest need, NodeInfo candidate) {
        Reason down = candidate.down();
        if (down != null || candidate.node.schedulable() || need.clears()) {
            return down;
        }
        return candidate.node.draining() ? Reason.DRAINING : Reason.CORDONED;
    }

    private static Reason gpusByKind(ResourceRequest need, NodeInfo candidate) {
        int of = 0;
        int out = 0;
        for (NodeInfo.Gpu gpu : candidate.gpus) {
            if (kind(need, gpu)) {
                of++;
                out += gpu.outOfService == null ? 0 : 1;
            }
        }
        if (of < need.gpuCount()) {
            return Reason.GPUS;
        }
        return of - out < need.gpuCount() ? Reason.GPUS_OUT : null;
    }

    private static boolean engineSilent(SystemInfo system) {
        return system != null
                && system.containerEngine() != null
                && Boolean.FALSE.equals(system.containerEngine().reachable());
    }

    /** Why this eligible node cannot take it at this moment; null: it can. */
    Reason passing(ResourceRequest need, String unit, NodeInfo candidate, long now) {
        if (need.asksForPorts() && candidate.hasTaken(need)) {
            return Reason.NO_PORT;
        }
        if (candidate.cooldownUntil > now) {
            return Reason.COOLDOWN;
        }
        if (candidate.reservedFor != null && candidate.reservedUntil > now && !candidate.reservedFor.equals(unit)) {
            return Reason.HELD;
        }
        if (candidate.slotsUsed >= candidate.slots) {
            return Reason.NO_SLOT;
        }
        Reason lacks = lacking(need, candidate);
        return lacks == null && candidate.refusedUntil > now ? Reason.REFUSED : lacks;
    }

    private static Reason lacking(ResourceRequest need, NodeInfo candidate) {
        Kind lacking = need.amounts().firstLacking(candidate.free);
        if (lacking != null) {
            return Reason.noneFree(lacking);
        }
        return need.gpuCount() > 0 && gpusFree(need, candidate) < need.gpuCount() ? Reason.NO_GPU : null;
    }

    /**
     * The index of the best of the eligible nodes, or -1 when none can take it now. Where many can, the best of the first
     * {@value #ENOUGH} found: more looking finds hardly better ones. What asks for GPUs or for models looks at all.
     *
     * @param unit whose decision this is: nodes kept free for another are left alone
     * @param start where to begin; among equals the first wins
     */
    int best(ResourceRequest need, String unit, NodeInfo[] eligible, long now, int start) {
        List<String> models = need.readsModels() ? need.models() : List.of();
        int best = -1;
        double bestScore = Double.NEGATIVE_INFINITY;
        int count = eligible.length;
        int enough = need.gpuCount() > 0 || need.readsModels() ? count : ENOUGH;
        int at = count == 0 ? 0 : Math.floorMod(start, count);
        for (int i = 0; i < count && enough > 0; i++) {
            NodeInfo candidate = eligible[at];
            if (passing(need, unit, candidate, now) == null) {
                double score = score(need, models, candidate);
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
    private double score(ResourceRequest need, List<String> models, NodeInfo candidate) {
        Config.Weights weight = settings.weights();
        double score = 0;
        if (need.asksForAmounts()) {
            double used = fill(need, candidate);
            score += weight.fit() * (settings.policy() == Config.Scheduler.Packing.BINPACK ? used : 1 - used);
        }
        score += weight.spread() * (1 - candidate.slotsUsed / (double) Math.max(1, candidate.slots));
        score += weight.zone() * (1 - candidate.zoneLoad);
        if (need.gpuCount() == 0 && !candidate.gpus.isEmpty()) {
            score -= weight.gpuReserve(); // work that needs no GPU leaves nodes that have some alone
        }
        if (!models.isEmpty()) {
            Set<String> held = candidate.models;
            long here = models.stream().filter(held::contains).count();
            score += weight.locality() * here / models.size();
        }
        return score;
    }

    /** How full the node would be, 0 to 1, averaged over what the step asks for. */
    private static double fill(ResourceRequest need, NodeInfo candidate) {
        double sum = 0;
        int terms = 0;
        for (Kind kind : FILLED) {
            long asked = need.amounts().get(kind);
            if (asked > 0) {
                sum += 1 - (candidate.free.get(kind) - asked) / (double) Math.max(1, candidate.total.get(kind));
                terms++;
            }
        }
        if (need.gpuCount() > 0) {
            long free = 0;
            long capacity = 1;
            for (NodeInfo.Gpu gpu : candidate.gpus) {
                if (kind(need, gpu) && gpu.outOfService == null) {
                    free += gpu.free();
                    capacity += gpu.capacity;
                }
            }
            long asked = need.gpuMemoryBytes() < 0 ? capacity / candidate.gpus.size() : need.gpuMemoryBytes();
            sum += 1 - (free - asked * need.gpuCount()) / (double) capacity;
            terms++;
        }
        return terms == 0 ? 0 : sum / terms;
    }

    /** What it would be promised there; the very GPUs included. */
    Claim claim(ResourceRequest need, NodeInfo candidate) {
        if (!need.asksForAmounts() && !need.asksForPorts()) {
            return Claim.NOTHING;
        }
        return new Claim(need.amounts().withGpus(gpus(need, candidate)), need.hostPorts());
    }

    /** Best fit: the GPUs with the least free memory that suffices, so that emptier ones stay whole. Or the emptiest. */
    private List<Amounts.Gpu> gpus(ResourceRequest need, NodeInfo candidate) {
        if (need.gpuCount() == 0) {
            return List.of();
        }
        Comparator<NodeInfo.Gpu> order = Comparator.comparingLong(NodeInfo.Gpu::free);
        if (settings.policy() == Config.Scheduler.Packing.SPREAD) {
            order = order.reversed();
        }
        return candidate.gpus.stream()
                .filter(gpu -> takes(need, gpu))
                .sorted(order.thenComparing(gpu -> gpu.index))
                .limit(need.gpuCount())
                .map(gpu ->
                        new Amounts.Gpu(gpu.index, need.gpuMemoryBytes() < 0 ? gpu.capacity : need.gpuMemoryBytes()))
                .toList();
    }

    private static int gpusFree(ResourceRequest need, NodeInfo candidate) {
        int free = 0;
        for (NodeInfo.Gpu gpu : candidate.gpus) {
            free += takes(need, gpu) ? 1 : 0;
        }
        return free;
    }

    private static boolean takes(ResourceRequest need, NodeInfo.Gpu gpu) {
        if (gpu.outOfService != null || !kind(need, gpu)) {
            return false;
        }
        return need.gpuMemoryBytes() < 0 ? gpu.isWhole() : gpu.free() >= need.gpuMemoryBytes();
    }

    /** Of the asked model, large enough when empty, and one of the named where some are named. */
    private static boolean kind(ResourceRequest need, NodeInfo.Gpu gpu) {
        List<Integer> indices = need.wish().gpus().indices();
        boolean named = indices == null || indices.isEmpty() || indices.contains(gpu.index);
        return named && gpu.isOf(need.wish().gpus().model()) && gpu.capacity >= need.gpuMemoryBytes();
    }

    /** The nodes that only want of room could exclude. Fails with INVALID when the label selector cannot be read. */
    NodeInfo[] eligible(ResourceRequest need, NodeInfo[] all) {
        LabelSelector labels = need.labels();
        var fit = new ArrayList<NodeInfo>();
        for (NodeInfo candidate : all) {
            if (lasting(need, labels, candidate) == null) {
                fit.add(candidate);
            }
        }
        return fit.toArray(NodeInfo[]::new);
    }

    /** For each reason how many nodes it excludes now. */
    Map<Reason, Integer> excluded(ResourceRequest need, String unit, NodeInfo[] all, long now) {
        LabelSelector labels = need.labels();
        var counts = new EnumMap<Reason, Integer>(Reason.class);
        for (NodeInfo candidate : all) {
            Reason reason = lasting(need, labels, candidate);
            reason = reason == null ? passing(need, unit, candidate, now) : reason;
            if (reason != null) {
                counts.merge(reason, 1, Integer::sum);
            }
        }
        return counts;
    }
}
