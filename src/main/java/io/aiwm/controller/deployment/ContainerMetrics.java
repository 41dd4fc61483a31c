package io.aiwm.controller.deployment;

import io.aiwm.protocol.Metrics.ContainerStats;

/** The newest sample a worker sent of a container. */
@FunctionalInterface
public interface ContainerMetrics {

    /** Null when there is none here: just started, or the node's session is at another controller. */
    ContainerStats latest(String nodeId, String deploymentId);
}
