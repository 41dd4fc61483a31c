package io.aiwm.worker.container;

import io.aiwm.common.Sha256;
import java.util.Map;

/**
 * Whose containers these are. Everything a worker lists, adopts, stops or removes carries both labels; all other
 * containers on the machine are invisible to it.
 *
 * @param cluster name of the cluster, the same on all its members
 * @param node id of this worker's node
 */
public record ContainerOwner(String cluster, String node) {

    public Map<String, String> labels() {
        return Map.of(ContainerLabels.CLUSTER, cluster, ContainerLabels.NODE, node);
    }

    boolean owns(EngineContainer container) {
        return cluster.equals(container.labels().get(ContainerLabels.CLUSTER))
                && node.equals(container.labels().get(ContainerLabels.NODE));
    }

    /** The only name a command's container can have; the engine gives a name once, so there is at most one. */
    public String containerName(String commandId) {
        return prefix() + Sha256.hex(commandId).substring(0, 20);
    }

    /**
     * The engine's name of a volume that users call {@code volume}. The prefix keeps ours apart, so that no user can mount the
     * volume of a foreign container by guessing its name.
     */
    public String volumeName(String volume) {
        return prefix() + volume;
    }

    /** The volume that a job's command writes to. */
    String jobVolume(String commandId) {
        return containerName(commandId) + "-work";
    }

    private String prefix() {
        return "aiwm-" + Sha256.hex(cluster).substring(0, 8) + "-";
    }
}
