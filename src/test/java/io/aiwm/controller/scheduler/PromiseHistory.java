package io.aiwm.controller.scheduler;

import io.aiwm.common.Amounts;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.store.DocumentStore.Document;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What every node was promised, write by write, by the stored attempts alone: no node ever has more than it has got. Of
 * attempts that make something for a deployment only the slot is counted.
 */
final class PromiseHistory {
    private record Open(String node, int slots, Claim claim) {}

    private final Function<Document, Execution> decode;
    private final Map<String, Map<String, Open>> openOf = new HashMap<>();
    private final Map<String, Map<String, Open>> byNode = new TreeMap<>();
    private final List<String> violations = new ArrayList<>();

    PromiseHistory(Function<Document, Execution> decode) {
        this.decode = decode;
    }

    /** Of every moment so far; empty when all went well. */
    List<String> violations() {
        return violations;
    }

    void written(String collection, Document before, Document after) {
        if (!Executions.COLLECTION.name().equals(collection)) {
            return;
        }
        String id = after == null ? before.id() : after.id();
        Map<String, Open> was = openOf.getOrDefault(id, Map.of());
        Map<String, Open> is = after == null ? Map.of() : open(decode.apply(after));
        was.forEach((name, open) -> byNode.get(open.node).remove(name));
        is.forEach((name, open) ->
                byNode.computeIfAbsent(open.node, node -> new TreeMap<>()).put(name, open));
        openOf.put(id, is);
        is.forEach((name, open) -> {
            if (!open.equals(was.get(name))) {
                check(name, open.node);
            }
        });
    }

    private static Map<String, Open> open(Execution execution) {
        var open = new HashMap<String, Open>();
        for (Step step : execution.steps()) {
            if (step.status().isOpenAttempt()) {
                Claim claim = step.current().claim() == null
                        ? Claim.NOTHING
                        : step.current().claim();
                boolean pinned = step.spec().nodeId() != null || step.spec().sameNodeAs() != null;
                open.put(
                        execution.id() + "." + step.spec().index() + "." + step.attempt(),
                        new Open(
                                step.nodeId(),
                                pinned && claim.isNothing() ? 0 : 1,
                                step.spec().claimId() == null ? claim : Claim.NOTHING));
            }
        }
        return open;
    }

    private void check(String name, String node) {
        long cpu = 0;
        long memory = 0;
        int slots = 0;
        var gpus = new HashMap<Integer, Long>();
        Map<String, Open> all = byNode.get(node);
        for (Open open : all.values()) {
            cpu += open.claim.amounts().get(Amounts.Kind.CPU);
            memory += open.claim.amounts().memoryBytes();
            slots += open.slots;
            open.claim.gpus().forEach(gpu -> gpus.merge(gpu.index(), gpu.memoryBytes(), Long::sum));
        }
        if (cpu > LedgerRig.usable(LedgerRig.CORES * 1_000L)
                || memory > LedgerRig.usable(LedgerRig.MEMORY)
                || slots > LedgerRig.SLOTS
                || gpus.values().stream().anyMatch(used -> used > LedgerRig.GPU_MEMORY)) {
            violations.add("with " + name + " node " + node + " was promised too much: " + all);
        }
    }
}
