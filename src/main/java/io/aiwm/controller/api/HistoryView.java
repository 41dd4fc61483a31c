package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.metrics.MetricHistory;
import io.aiwm.controller.metrics.SeriesRange;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Series between two times, as users ask for them and see them. */
final class HistoryView {
    private static final Duration UNLESS_TOLD = Duration.ofHours(1);
    private static final String GPU = "gpu/";
    private static final String FROM = "from";
    private static final String TO = "to";

    private HistoryView() {}

    static boolean isAskedFor(Request request) {
        return request.query(FROM) != null || request.query(TO) != null;
    }

    /** Fails with INVALID naming the parameter. @param kept how far back there is something */
    static SeriesRange range(Request request, Instant now, Duration kept) {
        Instant to = time(request, TO, now);
        Instant from = time(request, FROM, to.minus(UNLESS_TOLD));
        if (!from.isBefore(to)) {
            throw Failure.invalid("query:from", "must be before `to`");
        }
        if (to.isAfter(now.plus(Duration.ofDays(1)))) {
            throw Failure.invalid("query:to", "is not yet");
        }
        if (from.isBefore(now.minus(kept).minus(Duration.ofDays(1)))) {
            throw Failure.invalid("query:from", "is before what is kept: retention.metricsAge is " + kept);
        }
        return SeriesRange.between(from, to, now, (int) request.number("step", 0));
    }

    private static Instant time(Request request, String name, Instant otherwise) {
        String text = request.query(name);
        try {
            return text == null ? otherwise : Instant.parse(text);
        } catch (DateTimeParseException wrong) {
            throw Failure.invalid("query:" + name, "must be a time such as 2026-11-27T10:00:00Z");
        }
    }

    static JsonObject node(String id, MetricHistory.Answer answer) {
        JsonObject json = head(answer).put("nodeId", id);
        var gpus = new TreeMap<Integer, JsonObject>();
        var own = new JsonObject().put("series", new JsonObject());
        for (MetricHistory.Part part : answer.parts()) {
            put(part.means(), "series", own, gpus);
            put(part.largest(), "max", own, gpus);
        }
        return json.mergeIn(own).put("gpus", new JsonArray(List.copyOf(gpus.values())));
    }

    private static void put(
            Map<String, List<Number>> series, String kind, JsonObject own, Map<Integer, JsonObject> gpus) {
        series.forEach((name, points) -> {
            JsonObject of = own;
            String measure = name;
            if (name.startsWith(GPU)) {
                int slash = name.indexOf('/', GPU.length());
                int index = Integer.parseInt(name.substring(GPU.length(), slash));
                of = gpus.computeIfAbsent(index, first -> new JsonObject().put("index", first));
                measure = name.substring(slash + 1);
            }
            if (of.getJsonObject(kind) == null) {
                of.put(kind, new JsonObject());
            }
            of.getJsonObject(kind).put(measure, points);
        });
    }

    static JsonObject deployment(MetricHistory.Answer answer, long only) {
        var replicas = new TreeMap<Integer, JsonObject>();
        for (MetricHistory.Part part : answer.parts()) {
            int index = Integer.parseInt(part.part());
            if (only < 0 || only == index) {
                var replica =
                        new JsonObject().put("index", index).put("series", new JsonObject(Map.copyOf(part.means())));
                replicas.put(
                        index,
                        part.largest().isEmpty()
                                ? replica
                                : replica.put("max", new JsonObject(Map.copyOf(part.largest()))));
            }
        }
        return head(answer).put("replicas", new JsonArray(List.copyOf(replicas.values())));
    }

    private static JsonObject head(MetricHistory.Answer answer) {
        SeriesRange range = answer.range();
        JsonObject json = new JsonObject()
                .put(FROM, range.from().toString())
                .put("stepSeconds", range.stepSeconds())
                .put("points", range.points());
        return answer.unanswered().isEmpty()
                ? json
                : json.put("unanswered", new JsonArray(List.copyOf(answer.unanswered())));
    }
}
