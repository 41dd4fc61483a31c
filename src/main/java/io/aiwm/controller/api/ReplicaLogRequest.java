package io.aiwm.controller.api;

import io.soabase.recordbuilder.core.RecordBuilder;

/**
 * Which logs of a deployment a client wants, and how.
 *
 * @param user who asks
 * @param replica null: all of them
 * @param tail how many of the last lines of each to begin with; -1 for all
 * @param timestamps whether each line comes with the time at which it was written
 * @param prefix whether each line of text says whose it is; null: where there are several replicas
 * @param events whether it wants server-sent events
 */
@RecordBuilder
record ReplicaLogRequest(
        String user,
        String deploymentId,
        Integer replica,
        boolean follow,
        int tail,
        boolean timestamps,
        Boolean prefix,
        boolean events) {}
