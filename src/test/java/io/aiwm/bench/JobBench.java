package io.aiwm.bench;

import io.aiwm.testing.TestImages;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Jobs over REST. On hollow nodes, what the controller alone costs: one at a time on a free fleet (from the request to the
 * answer that it ended, so an upper bound of the time until a node had it) and as many as it can. On a real worker, jobs
 * that are processes of this machine ({@code true}), or containers. {@code bench/run jobs} starts it.
 */
public final class JobBench {
    private static final int PARALLEL = 64;

    private JobBench() {}

    public static void main(String[] args) throws Exception {
        boolean quick = Arrays.asList(args).contains("--quick");
        try (var rig = new Rig()) {
            rig.startController();
            if (Arrays.asList(args).contains("--containers")) {
                containers(rig, quick);
                return;
            }
            if (!Arrays.asList(args).contains("--processes")) {
                hollow(rig, quick);
            }
            processes(rig, quick);
        }
    }

    private static void hollow(Rig rig, boolean quick) throws Exception {
        rig.startHollow(quick ? 100 : 1_000);
        var job = job(new JsonObject().put("cpu", 0.1).put("memoryBytes", 64 << 20))
                .put("image", "hollow");
        measure(rig, "job-warmup", 200, quick ? 8_000 : 20_000, job);
        measure(rig, "job-free-fleet", 1, quick ? 500 : 2_000, job);
        measure(rig, "job", 200, quick ? 10_000 : 30_000, job);
        measure(rig, "job", 1_000, quick ? 10_000 : 30_000, job);
    }

    private static void processes(Rig rig, boolean quick) throws Exception {
        rig.startWorker(
                "processes",
                Map.of(
                        "AIWM_WORKER_PROCESS_ENABLED",
                        "true",
                        "MAX_PARALLEL_JOBS",
                        String.valueOf(PARALLEL),
                        "DOCKER_HOST",
                        "unix:///nonexistent"));
        var job = job(new JsonObject()
                        .put("cpu", 0.01)
                        .put("memoryBytes", 16 << 20)
                        .put("runtime", "process"))
                .put("command", new JsonArray(List.of("true")));
        measure(rig, "job-process-warmup", PARALLEL, quick ? 500 : 2_000, job);
        measure(rig, "job-process", 1, 100, job);
        measure(rig, "job-process", PARALLEL, quick ? 1_000 : 4_000, job);
    }

    /** Beside the same container made, started, awaited and removed over the engine's API, without AIWM. */
    private static void containers(Rig rig, boolean quick) throws Exception {
        String image = TestImages.web(1);
        rig.startWorker("containers", Map.of("MAX_PARALLEL_JOBS", "8"));
        // enough for the engine's own work inside the container's limits, which is part of the start
        var job = job(new JsonObject().put("cpu", 1).put("memoryBytes", 64 << 20))
                .put("image", image)
                .put("command", new JsonArray(List.of("true")));
        try (var engine = new BareEngine(image)) {
            measure(rig, "job-container-warmup", 4, 40, job);
            engine.measure(1, 20);
            for (int inFlight : new int[] {1, 4}) {
                int total = inFlight * (quick ? 20 : 50);
                for (int round = 0; round < 2; round++) {
                    engine.measure(inFlight, total);
                    measure(rig, "job-container", inFlight, total, job);
                }
            }
        }
    }

    private static JsonObject job(JsonObject requirements) {
        return new JsonObject().put("name", "bench").put("requirements", requirements);
    }

    private static void measure(Rig rig, String mode, int inFlight, int total, JsonObject job) throws Exception {
        rig.measure(
                mode,
                inFlight,
                total,
                "/api/jobs",
                job,
                ended -> ended.getString("status").equals("COMPLETED"));
    }
}
