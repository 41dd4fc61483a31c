package io.aiwm.controller.execution;

import io.aiwm.common.Amounts;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;

/**
 * What a step needs of its node; every field may be null.
 *
 * @param cpu cores
 * @param memoryBytes of the machine's memory, promised to this step alone
 * @param labelSelector kubectl grammar: {@code a=b,c!=d,e in (x,y),f,!g}
 * @param models ids of models it reads: a node that holds them is preferred, no node is excluded
 * @param diskBytes free on the disk that work writes to, promised to this step alone
 * @param hostPorts of the node, promised to this step alone
 * @param maxPerNode how many replicas of its deployment a node may have; null: any number
 */
@RecordBuilder
public record Requires(
        Double cpu,
        Long memoryBytes,
        Gpus gpus,
        String zone,
        String labelSelector,
        List<String> capabilities,
        String runtime,
        String role,
        List<String> models,
        Long diskBytes,
        List<HostPort> hostPorts,
        Integer maxPerNode) {

    public Requires {
        hostPorts = hostPorts == null || hostPorts.isEmpty() ? null : List.copyOf(hostPorts);
    }

    /** Returns what it asks for, except for GPUs, which it does not name one by one; less than nothing is nothing. */
    public Amounts amounts() {
        return Amounts.of(
                cpu == null ? 0 : Math.max(0, cpu),
                memoryBytes == null ? 0 : Math.max(0, memoryBytes),
                diskBytes == null ? 0 : Math.max(0, diskBytes));
    }

    /** The same with these capabilities. */
    public Requires withCapabilities(List<String> other) {
        return RequiresBuilder.builder(this).capabilities(other).build();
    }

    /**
     * @param count how many GPUs; null: as many as indices are named, else one
     * @param memoryBytes of each, shared with others that name theirs; null: the whole GPU, shared with nobody
     * @param model text the GPU's model name contains
     * @param indices exactly these; null: any
     */
    public record Gpus(Integer count, Long memoryBytes, String model, List<Integer> indices) {
        public Gpus {
            // what says only of which kind, or how much of it, asks for one: it must not run without
            count = count != null ? count : indices == null || indices.isEmpty() ? Integer.valueOf(1) : indices.size();
        }

        public Gpus(Integer count, Long memoryBytes, String model) {
            this(count, memoryBytes, model, null);
        }
    }
}
