package io.aiwm.controller.node;

import io.aiwm.protocol.Metrics.ContainerStats;
import io.aiwm.protocol.SystemInfo;
import java.util.List;

/** Hears every sample of a node. Only on the controller that has the node's session. */
public interface MachineSamples {

    /**
     * On the loop of the node's session, so it must not block.
     *
     * @param system null: not sampled
     * @param containers all of the node where {@code system} is there too, else those of deployments; null: not sampled
     */
    void sampled(String nodeId, SystemInfo system, List<ContainerStats> containers);

    /** The node was deleted. */
    default void forget(String nodeId) {}
}
