package io.aiwm.controller.node;

import io.aiwm.protocol.Metrics.ContainerStats;

/**
 * Hears what each container of a deployment uses, whenever its node says so: every 10 s unless the worker is of a version
 * before, or set otherwise. Only on the controller that has the node's session.
 */
@FunctionalInterface
public interface ReplicaSamples {

    /** On the loop of the node's session, so it must not block. @param stats of a deployment, which is named in it */
    void sampled(String nodeId, ContainerStats stats);
}
