package io.aiwm.controller.metrics;

/**
 * Whose series.
 *
 * @param resource {@code node/<id>} or {@code deployment/<id>}
 * @param part the index of a replica; empty: the resource is one
 */
record SeriesId(String resource, String part) {
    static SeriesId node(String id) {
        return new SeriesId("node/" + id, "");
    }

    static String deployment(String id) {
        return "deployment/" + id;
    }

    static SeriesId replica(String deploymentId, int replica) {
        return new SeriesId(deployment(deploymentId), Integer.toString(replica));
    }
}
