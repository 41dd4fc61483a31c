package io.aiwm.controller.node;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.aiwm.controller.gateway.AbsenceReason;
import io.aiwm.protocol.NodeModel;
import io.aiwm.protocol.SystemInfo;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A machine, as everyone sees it; stored within collection {@code nodes}. Written by {@link Nodes} only. Heartbeats are
 * not stored here: last-seen lives in memory, and the record is written when a state changes.
 *
 * @param role gpu, cpu or proxy
 * @param schedulable false: gets no new work, because it is cordoned or drained; follows from those two
 * @param maxParallel how many commands it runs at once
 * @param statusReason why it is in this status, in words; null when there is nothing to say
 * @param cordoned whether an operator wants no new work on it; a drain leaves this as it was
 * @param drain the newest drain; null when there was none, or when the node was opened again after it
 * @param gpuMaintenance GPUs an operator took out of service, by index
 * @param gpuFaults GPUs that are missing or report errors, by index; each goes by itself when the GPU is well again
 * @param heldSince not null: it is OFFLINE and its work is not taken as lost, because too many vanished with it, or because it
 *     was stopped in order a moment ago
 * @param models on its disk, as its worker said last; bounded by {@link NodeModel#bounded}
 * @param controllerId the controller that took its last registration, and so hears it; null: a record from before this
 * @param reasonCode what {@code statusReason} says, as a code; null when there is nothing to say
 * @param modelServer where other workers fetch models from it; null: it serves none
 * @param roleSet true: an operator has set the role; null: it is what the worker says
 */
@RecordBuilder
public record Node(
        String id,
        long version,
        String name,
        String role,
        String zone,
        Map<String, String> labels,
        List<String> capabilities,
        List<String> runtimes,
        Integer maxParallel,
        NodeStatus status,
        String statusReason,
        boolean schedulable,
        String hostname,
        String agentVersion,
        String transport,
        SystemInfo system,
        Instant createdAt,
        Instant updatedAt,
        Instant registeredAt,
        Instant lastSeenAt,
        Boolean cordoned,
        Drain drain,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<Integer, GpuMaintenance> gpuMaintenance,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<Integer, GpuFault> gpuFaults,
        Instant heldSince,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<NodeModel> models,
        String controllerId,
        AbsenceReason.Code reasonCode,
        String modelServer,
        Boolean roleSet) {

    /** @param actor who took it out of service */
    public record GpuMaintenance(String reason, Instant since, String actor) {}

    /**
     * @param reason what is wrong with it, as its driver has it
     * @param missing whether its driver does not list it any more; null: reads as the words of an older record say
     */
    public record GpuFault(String reason, Instant since, Boolean missing) {
        public GpuFault {
            missing = missing == null ? GpuWatch.MISSING.equals(reason) : missing;
        }
    }

    public Node {
        labels = labels == null ? Map.of() : labels;
        capabilities = capabilities == null ? List.of() : capabilities;
        runtimes = runtimes == null ? List.of() : runtimes;
        models = models == null ? List.of() : List.copyOf(models);
        gpuMaintenance = gpuMaintenance == null ? Map.of() : Map.copyOf(gpuMaintenance);
        gpuFaults = gpuFaults == null ? Map.of() : Map.copyOf(gpuFaults);
        reasonCode = reasonCode == null ? AbsenceReason.Code.ofWords(statusReason) : reasonCode;
        // a record from before there were drains says it in one word
        cordoned = cordoned == null ? Boolean.valueOf(!schedulable) : cordoned;
        schedulable = !cordoned && (drain == null || !drain.closes());
    }

    /** Begins a node that was never seen. */
    static NodeBuilder begun(String id, Instant now) {
        return NodeBuilder.builder()
                .id(id)
                .version(1)
                .name(id)
                .status(NodeStatus.PENDING)
                .cordoned(false)
                .createdAt(now)
                .updatedAt(now);
    }

    /** The same with these models, as if its worker had said so. */
    public Node withModels(List<NodeModel> others) {
        return NodeBuilder.builder(this).models(others).build();
    }

    /** Whether it is being emptied: takes nothing new, and what it has finishes or goes elsewhere. */
    public boolean draining() {
        return drain != null && drain.underWay();
    }

    /**
     * Whether its work counts as lost: it is silent for so long that what it had is given to others. False for one that is
     * OFFLINE while its work is held: by the storm guard, or because it was stopped in order and may be back.
     */
    public boolean isLost() {
        return status == NodeStatus.OFFLINE && heldSince == null;
    }

    /** Whether its worker was stopped in order. */
    public boolean wasStopped() {
        return status == NodeStatus.OFFLINE && reasonCode == AbsenceReason.Code.STOPPED;
    }

    /** Whether both are of the same registration: nothing that was known of another says anything of this one. */
    boolean isSameRegistration(Node other) {
        return Objects.equals(registeredAt, other.registeredAt) && Objects.equals(controllerId, other.controllerId);
    }

    /**
     * The GPUs that get no new work, by index, each with the reason in words. What runs on one is left alone. One that no
     * sample has named yet is not in it.
     */
    public Map<Integer, String> gpusOutOfService() {
        var out = new TreeMap<Integer, String>();
        if (system != null && system.gpus() != null) {
            for (SystemInfo.Gpu gpu : system.gpus()) {
                if (gpu.index() != null && !GpuWatch.isWell(gpu)) {
                    out.put(gpu.index(), gpu.health());
                }
            }
        }
        gpuFaults.forEach((index, fault) -> out.put(index, fault.reason()));
        gpuMaintenance.forEach((index, maintenance) -> out.put(index, inMaintenance(maintenance)));
        return out;
    }

    private static String inMaintenance(GpuMaintenance maintenance) {
        return maintenance.reason() == null ? "maintenance" : "maintenance: " + maintenance.reason();
    }
}
