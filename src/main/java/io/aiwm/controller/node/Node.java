package io.aiwm.controller.node;

import io.aiwm.protocol.SystemInfo;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A machine, as everyone sees it; stored within collection {@code nodes}. Written by {@link Nodes} only. Heartbeats are not stored here:
 * last-seen lives in memory, and the record is written when a state changes.
 *
 * @param role gpu, cpu or proxy
 * @param schedulable false: cordoned, gets no new work
 * @param maxParallel how many commands it runs at once
 * @param statusReason why it is in this status, in words; null when there is nothing to say
 */
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
        Instant lastSeenAt) {

    public Node {
        labels = labels == null ? Map.of() : labels;
        capabilities = capabilities == null ? List.of() : capabilities;
        runtimes = runtimes == null ? List.of() : runtimes;
    }
}
