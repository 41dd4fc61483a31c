package io.aiwm.controller.node;

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
    boolean schedulable;
    String hostname;
    String agentVersion;
    String transport;
    SystemInfo system;
    final Instant createdAt;
    Instant updatedAt;
    Instant registeredAt;
    Instant lastSeenAt;

    /** A node that was never seen. */
    NodeDraft(String id, Instant now) {
        this.id = id;
        this.version = 1;
        this.name = id;
        this.status = NodeStatus.PENDING;
        this.schedulable = true;
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
        schedulable = node.schedulable();
        hostname = node.hostname();
        agentVersion = node.agentVersion();
        transport = node.transport();
        system = node.system();
        createdAt = node.createdAt();
        updatedAt = node.updatedAt();
        registeredAt = node.registeredAt();
        lastSeenAt = node.lastSeenAt();
    }

    /** Takes what an administrator set; where nothing is set, the worker's word counts. */
    NodeDraft settings(NodeSettings settings, NodeRecord.Reported reported) {
        name = settings.name() != null ? settings.name() : reported.name() != null ? reported.name() : id;
        role = settings.role() == null ? reported.role() : settings.role();
        zone = settings.zone() == null ? reported.zone() : settings.zone();
        labels = settings.labels() == null ? reported.labels() : settings.labels();
        capabilities = settings.capabilities() == null ? reported.capabilities() : settings.capabilities();
        schedulable = settings.schedulable() == null || settings.schedulable();
        return this;
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
                schedulable,
                hostname,
                agentVersion,
                transport,
                system,
                createdAt,
                updatedAt,
                registeredAt,
                lastSeenAt);
    }
}
