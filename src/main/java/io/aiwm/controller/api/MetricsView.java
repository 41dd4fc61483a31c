package io.aiwm.controller.api;

import io.aiwm.common.Json;
import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.Replica;
import io.aiwm.controller.metrics.ReplicaHistory;
import io.aiwm.controller.metrics.ReplicaMetrics;
import io.aiwm.controller.metrics.SeriesRange;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** What the replicas of a deployment use, as users see it. */
final class MetricsView {
    private MetricsView() {}

    /** The newest sample of the first replica stands beside the replicas, as it did when there was one. */
    static JsonObject of(Deployment deployment, ReplicaMetrics.Answer found, SeriesRange range) {
        List<JsonObject> replicas =
                found.replicas().stream().map(one -> replica(deployment, one)).toList();
        JsonObject json = replicas.stream()
                .filter(one -> !one.containsKey("gone"))
                .findFirst()
                .map(JsonObject::copy)
                .orElseGet(JsonObject::new);
        List.of("index", "series", "gone").forEach(json::remove);
        json.put("from", range.from().toString())
                .put("stepSeconds", range.stepSeconds())
                .put("points", range.points())
                .put("replicas", new JsonArray(replicas));
        return found.unanswered().isEmpty() ? json : json.put("unanswered", new JsonArray(found.unanswered()));
    }

    private static JsonObject replica(Deployment deployment, ReplicaHistory one) {
        Replica now = deployment.instances().stream()
                .filter(replica -> replica.index() == one.replica())
                .findFirst()
                .orElse(null);
        var series = new JsonObject();
        one.series().forEach((measure, points) -> series.put(measure.wire, points));
        JsonObject json = Json.toObject(one.stats())
                .put("index", one.replica())
                .put("nodeId", one.nodeId())
                .put("at", one.at().toString())
                .put("series", series);
        if (now == null) {
            json.put("gone", true);
        } else if (one.stats().restarts() == null && now.container() != null) {
            json.put("restarts", now.container().restarts());
        }
        json.getMap().values().removeIf(java.util.Objects::isNull);
        return json;
    }
}
