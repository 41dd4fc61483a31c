package io.aiwm.bench;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;

/** Executions of three sequential steps per second, over REST, on twenty hollow nodes. {@code bench/run} starts it. */
public final class ExecutionBench {
    private static final int NODES = 20;
    private static final JsonObject BODY = Rig.execution(step(null), step(0), step(1));

    private ExecutionBench() {}

    public static void main(String[] args) throws Exception {
        boolean quick = Arrays.asList(args).contains("--quick");
        try (var rig = new Rig()) {
            rig.startController();
            rig.startHollow(NODES);
            measureAll(rig, "sqlite-full", quick);
        }
    }

    static void measureAll(Rig rig, String mode, boolean quick) throws Exception {
        // warm until the JIT has settled: what is measured is a controller that has run for a while
        measure(rig, mode + "-warmup", 200, quick ? 8_000 : 20_000);
        measure(rig, mode, 1, quick ? 500 : 2_000);
        measure(rig, mode, 200, quick ? 10_000 : 30_000);
        measure(rig, mode, 1_000, quick ? 10_000 : 30_000);
    }

    private static void measure(Rig rig, String mode, int inFlight, int total) throws Exception {
        rig.measure(
                mode,
                inFlight,
                total,
                "/api/executions",
                BODY,
                ended -> ended.getString("status").equals("COMPLETED"));
    }

    private static JsonObject step(Integer after) {
        var step = new JsonObject().put("command", "system.healthCheck");
        return after == null ? step : step.put("dependsOn", new JsonArray().add(after));
    }
}
