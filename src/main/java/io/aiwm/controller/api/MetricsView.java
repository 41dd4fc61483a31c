package io.aiwm.controller.api;

import io.aiwm.common.Json;
import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.Replica;
import io.aiwm.controller.metrics.InferenceMetrics;
import io.aiwm.controller.metrics.ReplicaHistory;
import io.aiwm.controller.metrics.ReplicaMetrics;
import io.aiwm.controller.metrics.SeriesRange;
import io.aiwm.inference.usage.CallHistory;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;

/** What the replicas of a deployment use, as users see it. */
final class MetricsView {
    private MetricsView() {}

    /**
     * The newest sample of the first replica stands beside the replicas, as it did when there was one. Without a sample and a call there
     * are no replicas in it.
     */
    static JsonObject of(
            Deployment deployment, ReplicaMetrics.Answer found, SeriesRange range, InferenceMetrics.Answer calls) {
        CallHistory all = calls.all();
        List<JsonObject> replicas = found.replicas().stream()
                .map(one -> replica(deployment, one, calls))
                .toList();
        JsonObject json = replicas.stream()
                .filter(one -> !one.containsKey("gone"))
                .findFirst()
                .map(JsonObject::copy)
                .orElseGet(JsonObject::new);
        List.of("index", "series", "gone", "inference").forEach(json::remove);
        json.put("from", range.from().toString())
                .put("stepSeconds", range.stepSeconds())
                .put("points", range.points())
                .put("replicas", new JsonArray(replicas));
        if (all != null) {
            json.put("inference", InferenceMetricsView.of(all));
        }
        var unanswered = new TreeSet<>(found.unanswered());
        unanswered.addAll(calls.unanswered());
        return unanswered.isEmpty() ? json : json.put("unanswered", new JsonArray(List.copyOf(unanswered)));
    }

    /** As gateways name the replica that it is now. */
    static String idOf(Deployment.Container container) {
        return Objects.requireNonNullElse(container.containerId(), container.commandId());
    }

    private static JsonObject replica(Deployment deployment, ReplicaHistory one, InferenceMetrics.Answer calls) {
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
        json.getMap().values().removeIf(Objects::isNull);
        String id = now == null || now.container() == null ? one.stats().containerId() : idOf(now.container());
        CallHistory served = calls.replicas().get(id);
        if (served != null) {
            json.put("inference", InferenceMetricsView.of(served));
        }
        return json;
    }
}
