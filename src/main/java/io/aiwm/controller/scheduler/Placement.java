package io.aiwm.controller.scheduler;

import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.node.LabelSelector;
import io.aiwm.controller.node.Node;
import io.aiwm.controller.node.NodeDirectory;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.protocol.Failure;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.SystemInfo;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/**
 * Which node a step goes to: of those that are up, fit and have a free slot, one of the less busy; or, for each reason,
 * how many nodes it excluded. Capacity is compared with the machine's size; the ledger of claims comes with the scheduler
 * proper.
 */
public final class Placement implements Placer {
    private static final int DEFAULT_SLOTS = 4;

    private final NodeDirectory nodes;
    private final ToIntFunction<String> load;
    private final AtomicInteger turn = new AtomicInteger();

    /** @param load open attempts per node */
    public Placement(NodeDirectory nodes, ToIntFunction<String> load) {
        this.nodes = nodes;
        this.load = load;
    }

    @Override
    public Placer.Placement place(StepSpec step, String pinnedTo) {
        try {
            return pinnedTo == null ? anywhere(step) : exactly(step, pinnedTo);
        } catch (Failure unreadable) { // a label selector: refused at the door, but a record must never get stuck on it
            return Placer.Placement.impossible(unreadable.getMessage());
        }
    }

    /** A pinned step goes to its node even when that is full: the worker queues it. */
    private Placer.Placement exactly(StepSpec step, String nodeId) {
        Node node = nodes.find(nodeId);
        if (node == null) {
            return Placer.Placement.impossible("node " + nodeId + " does not exist");
        }
        String refusal = unfit(node, step.requires());
        if (refusal == null && !node.schedulable()) {
            refusal = "is cordoned";
        }
        return refusal == null
                ? Placer.Placement.on(nodeId)
                : Placer.Placement.later("waits for node " + nodeId + ", which " + refusal);
    }

    private Placer.Placement anywhere(StepSpec step) {
        Collection<Node> all = nodes.all();
        var free = new ArrayList<Node>(all.size());
        for (Node node : all) {
            if (refusal(node, step.requires()) == null) {
                free.add(node);
            }
        }
        if (free.isEmpty()) {
            return Placer.Placement.later(explain(all, step.requires()));
        }
        // two neighbours in turn, the less busy of them: many decisions on one view spread instead of piling up
        int at = Math.floorMod(turn.getAndIncrement(), free.size());
        Node one = free.get(at);
        Node other = free.get((at + 1) % free.size());
        return Placer.Placement.on(load.applyAsInt(other.id()) < load.applyAsInt(one.id()) ? other.id() : one.id());
    }

    private String explain(Collection<Node> all, Requires requires) {
        if (all.isEmpty()) {
            return "waits for a node: there is none yet";
        }
        var reasons = all.stream()
                .collect(Collectors.groupingBy(
                        node -> String.valueOf(refusal(node, requires)), TreeMap::new, Collectors.counting()));
        return "waits for a node: "
                + reasons.entrySet().stream()
                        .map(reason -> reason.getKey() + " (" + reason.getValue() + ")")
                        .collect(Collectors.joining(", "));
    }

    private String refusal(Node node, Requires requires) {
        if (!node.schedulable()) {
            return "is cordoned";
        }
        String unfit = unfit(node, requires);
        if (unfit != null) {
            return unfit;
        }
        int slots = node.maxParallel() == null ? DEFAULT_SLOTS : node.maxParallel();
        return load.applyAsInt(node.id()) >= slots ? "has no free slot" : null;
    }

    private static String unfit(Node node, Requires requires) {
        NodeStatus status = node.status();
        if (!status.isUp()) {
            return "is " + status;
        }
        return requires == null ? null : lacks(node, requires);
    }

    private static String lacks(Node node, Requires needs) {
        if (needs.zone() != null && !needs.zone().equals(node.zone())) {
            return "is in another zone than " + needs.zone();
        }
        if (needs.role() != null && !needs.role().equals(node.role())) {
            return "has another role than " + needs.role();
        }
        if (needs.capabilities() != null && !has(node.capabilities(), needs.capabilities())) {
            return "lacks a capability of " + needs.capabilities();
        }
        if (needsEngine(needs) && !engineAnswers(node.system())) {
            return "has a container engine that does not answer";
        }
        if (needs.runtime() != null && !has(node.runtimes(), List.of(needs.runtime()))) {
            return "lacks the runtime " + needs.runtime();
        }
        if (needs.labelSelector() != null
                && !LabelSelector.parse(needs.labelSelector()).matches(node.labels())) {
            return "does not match the label selector";
        }
        return tooSmall(node.system(), needs);
    }

    private static boolean needsEngine(Requires needs) {
        return needs.capabilities() != null && needs.capabilities().contains(NodeRegister.CONTAINER_ENGINE);
    }

    private static boolean engineAnswers(SystemInfo system) {
        return system == null
                || system.containerEngine() == null
                || !Boolean.FALSE.equals(system.containerEngine().reachable());
    }

    private static String tooSmall(SystemInfo system, Requires needs) {
        boolean cpu = needs.cpu() == null
                || needs.cpu() <= 0
                || (system != null
                        && system.cpu() != null
                        && system.cpu().cores() != null
                        && system.cpu().cores() >= needs.cpu());
        if (!cpu) {
            return "has fewer cores than " + needs.cpu();
        }
        boolean memory = needs.memoryBytes() == null
                || needs.memoryBytes() <= 0
                || (system != null
                        && system.memory() != null
                        && system.memory().totalBytes() != null
                        && system.memory().totalBytes() >= needs.memoryBytes());
        if (!memory) {
            return "has less memory than asked for";
        }
        if (needs.gpus() == null || needs.gpus().count() == null || needs.gpus().count() == 0) {
            return null;
        }
        long fitting = system == null || system.gpus() == null
                ? 0
                : system.gpus().stream().filter(gpu -> fits(gpu, needs.gpus())).count();
        return fitting >= needs.gpus().count() ? null : "has too few GPUs of that kind";
    }

    private static boolean fits(SystemInfo.Gpu gpu, Requires.Gpus needs) {
        boolean healthy = gpu.health() == null || gpu.health().equalsIgnoreCase("ok");
        boolean large = needs.memoryBytes() == null
                || (gpu.memoryTotalBytes() != null && gpu.memoryTotalBytes() >= needs.memoryBytes());
        boolean model =
                needs.model() == null || (gpu.model() != null && gpu.model().contains(needs.model()));
        return healthy && large && model;
    }

    private static boolean has(List<String> given, List<String> needed) {
        return given != null && given.containsAll(needed);
    }
}
