package io.aiwm.controller.api;

import io.aiwm.inference.usage.CallHistory;
import io.aiwm.inference.usage.CallTimes;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.TreeMap;
import java.util.function.IntFunction;

/** The calls of a deployment or of one replica, as users see them. */
final class InferenceMetricsView {
    private InferenceMetricsView() {}

    static JsonObject of(CallHistory calls) {
        int points = calls.counts()[CallHistory.CALLS].length;
        var series = new JsonObject()
                .put("calls", series(calls, CallHistory.CALLS))
                .put("failed", series(calls, CallHistory.FAILED))
                .put("promptTokens", series(calls, CallHistory.PROMPT_TOKENS))
                .put("completionTokens", series(calls, CallHistory.COMPLETION_TOKENS));
        var json = new JsonObject()
                .put("calls", calls.total(CallHistory.CALLS))
                .put("failed", calls.total(CallHistory.FAILED))
                .put("errors", new JsonObject(new TreeMap<String, Object>(calls.errors())))
                .put("promptTokens", calls.total(CallHistory.PROMPT_TOKENS))
                .put("completionTokens", calls.total(CallHistory.COMPLETION_TOKENS));
        for (int i = 0; i < CallTimes.WIRE.size(); i++) {
            int time = i;
            String name = CallTimes.WIRE.get(i);
            if (calls.quantile(time, 0.5) != null) {
                json.put(
                        name,
                        new JsonObject()
                                .put("p50", calls.quantile(time, 0.5))
                                .put("p95", calls.quantile(time, 0.95))
                                .put("p99", calls.quantile(time, 0.99)));
                series.put(name, points(points, point -> calls.mean(time, point)));
            }
        }
        return json.put("series", series);
    }

    private static JsonArray series(CallHistory calls, int count) {
        return points(calls.counts()[count].length, point -> calls.counts()[count][point]);
    }

    private static JsonArray points(int points, IntFunction<Number> value) {
        var array = new JsonArray();
        for (int i = 0; i < points; i++) {
            array.add(value.apply(i));
        }
        return array;
    }
}
