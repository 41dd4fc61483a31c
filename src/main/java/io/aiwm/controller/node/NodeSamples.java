package io.aiwm.controller.node;

import io.aiwm.protocol.Metrics.ContainerStats;
import io.aiwm.protocol.SystemInfo;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps the newest sample of each machine in memory, and passes samples on. */
final class NodeSamples {
    private final Map<String, SystemInfo> machines = new ConcurrentHashMap<>();
    private final List<ReplicaSamples> listeners = new CopyOnWriteArrayList<>();
    private final List<MachineSamples> machineListeners = new CopyOnWriteArrayList<>();

    void onMachine(MachineSamples listener) {
        machineListeners.add(listener);
    }

    void onReplica(ReplicaSamples listener) {
        listeners.add(listener);
    }

    /** Takes a sample; null: that part was not sampled. */
    void add(String nodeId, SystemInfo system, List<ContainerStats> containers) {
        if (system != null) {
            machines.put(nodeId, system);
        }
        machineListeners.forEach(listener -> listener.sampled(nodeId, system, containers));
        if (containers != null) {
            containers.stream()
                    .filter(stats -> stats.deploymentId() != null)
                    .forEach(stats -> listeners.forEach(listener -> listener.sampled(nodeId, stats)));
        }
    }

    void forget(String nodeId) {
        machines.remove(nodeId);
        machineListeners.forEach(listener -> listener.forget(nodeId));
    }

    /** What the machine's probes saw last, by this controller's knowledge; null when nothing yet. */
    SystemInfo system(String nodeId) {
        return machines.get(nodeId);
    }
}
