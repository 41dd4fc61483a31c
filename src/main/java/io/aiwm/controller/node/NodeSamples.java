package io.aiwm.controller.node;

import io.aiwm.protocol.Metrics;
import io.aiwm.protocol.SystemInfo;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps the newest sample of each node in memory. */
final class NodeSamples {
    private final Map<String, NodeSample> samples = new ConcurrentHashMap<>();
    private final InstantSource clock;

    NodeSamples(InstantSource clock) {
        this.clock = clock;
    }

    /** Takes a sample; null: that part was not sampled, the one before stays. */
    void add(String nodeId, SystemInfo system, List<Metrics.ContainerStats> containers) {
        samples.compute(
                nodeId,
                (id, old) -> new NodeSample(
                        clock.instant(),
                        system == null && old != null ? old.system() : system,
                        containers == null && old != null ? old.containers() : containers));
    }

    void forget(String nodeId) {
        samples.remove(nodeId);
    }

    /** What the node's probes saw last, by this controller's knowledge; null when nothing yet. */
    NodeSample of(String nodeId) {
        return samples.get(nodeId);
    }

    /** The same of its machine alone; null when nothing yet. */
    SystemInfo system(String nodeId) {
        NodeSample sample = samples.get(nodeId);
        return sample == null ? null : sample.system();
    }

    /** The same of the container of a deployment; null when nothing yet. */
    Metrics.ContainerStats stats(String nodeId, String deploymentId) {
        NodeSample sample = samples.get(nodeId);
        return sample == null || sample.containers() == null
                ? null
                : sample.containers().stream()
                        .filter(one -> deploymentId.equals(one.deploymentId()))
                        .findFirst()
                        .orElse(null);
    }
}
