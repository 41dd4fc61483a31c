package io.aiwm.controller.node;

import io.aiwm.protocol.NodeModel;
import io.aiwm.protocol.SystemInfo;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** A node being changed: starts as a copy, takes new values, becomes a record again. Lives within one method. */
final class NodeDraft {
    final String id;
    long version;
    String name;
    String role;
    String zone;
    Map<String, String> labels;
    List<String> capabilities;
    List<String> runtimes;
    Integer maxParallel;
    NodeStatus status;
    String statusReason;
    boolean cordoned;
    String hostname;
    String agentVersion;
    String transport;
    SystemInfo system;
    final Instant createdAt;
    Instant updatedAt;
    Instant registeredAt;
    Instant lastSeenAt;
    Drain drain;
    Map<Integer, Node.GpuMaintenance> gpuMaintenance = Map.of();
    Map<Integer, Node.GpuFault> gpuFaults = Map.of();
    Instant heldSince;
    List<NodeModel> models = List.of();
    String controllerId;

    /** A node that was never seen. */
    NodeDraft(String id, Instant now) {
        this.id = id;
        this.version = 1;
        this.name = id;
        this.status = NodeStatus.PENDING;
        this.createdAt = now;
        this.updatedAt = now;
    }

    NodeDraft(Node node) {
        id = node.id();
        version = node.version();
        name = node.name();
        role = node.role();
        zone = node.zone();
        labels = node.labels();
        capabilities = node.capabilities();
        runtimes = node.runtimes();
        maxParallel = node.maxParallel();
        status = node.status();
        statusReason = node.statusReason();
        cordoned = node.cordoned();
        hostname = node.hostname();
        agentVersion = node.agentVersion();
        transport = node.transport();
        system = node.system();
        createdAt = node.createdAt();
        updatedAt = node.updatedAt();
        registeredAt = node.registeredAt();
        lastSeenAt = node.lastSeenAt();
        drain = node.drain();
        gpuMaintenance = node.gpuMaintenance();
        gpuFaults = node.gpuFaults();
        heldSince = node.heldSince();
        models = node.models();
        controllerId = node.controllerId();
    }

    /** Takes in what a sample says of its GPUs. */
    void gpus(GpuWatch.Seen seen) {
        gpuFaults = seen.faults();
        SystemInfo said = system == null ? new SystemInfo(null, null, null, null, null, null, null) : system;
        system = new SystemInfo(
                said.os(),
                said.cpu(),
                said.memory(),
                said.disks(),
                seen.gpus(),
                said.network(),
                said.containerEngine());
    }

    Node done() {
        return new Node(
                id,
                version,
                name,
                role,
                zone,
                labels,
                capabilities,
                runtimes,
                maxParallel,
                status,
                statusReason,
                !cordoned,
                hostname,
                agentVersion,
                transport,
                system,
                createdAt,
                updatedAt,
                registeredAt,
                lastSeenAt,
                cordoned,
                drain,
                gpuMaintenance,
                gpuFaults,
                heldSince,
                models,
                controllerId);
    }
}
