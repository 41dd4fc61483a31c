package io.aiwm.controller.api;

/**
 * Which logs of a deployment a client wants, and how.
 *
 * @param user who asks
 * @param replica null: all of them
 * @param tail how many of the last lines of each to begin with; -1 for all
 * @param prefix whether each line of text says whose it is; null: where there are several replicas
 * @param events whether it wants server-sent events
 */
record ReplicaLogRequest(
        String user, String deploymentId, Integer replica, boolean follow, int tail, Boolean prefix, boolean events) {}
