package io.aiwm.testing;

import io.aiwm.worker.hollow.HollowEvents;
import io.aiwm.worker.hollow.HollowNodes;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A fleet with GPUs, deployments, executions, jobs and models, for looking at: hollow nodes at a real controller. */
public final class PageFleet implements AutoCloseable {
    private static final int GPUS = 8;
    private static final long WORK_MILLIS = 300;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Vertx vertx = Vertx.vertx();
    private final AiwmClient client;
    private final int port;
    private final Map<String, String> tokens = new LinkedHashMap<>();
    private HollowNodes nodes;

    /** @param port of the controller */
    public PageFleet(AiwmClient client, int port) {
        this.client = client;
        this.port = port;
    }

    /** Makes and connects nodes {@code gpu-001} and so on, in two zones; returns when all are up. */
    public PageFleet nodes(int count) throws Exception {
        for (int i = 1; i <= count; i++) {
            String id = "gpu-%03d".formatted(i);
            var node = new JsonObject()
                    .put("id", id)
                    .put("zone", i % 3 == 0 ? "eu-2" : "eu-1")
                    .put("labels", new JsonObject().put("pool", i % 2 == 0 ? "train" : "serve"));
            client.expect(201, client.post("/api/nodes", node));
            tokens.put(
                    id,
                    client.expect(201, client.post("/api/nodes/" + id + "/token", new JsonObject()))
                            .getString("token"));
        }
        nodes = HollowNodes.start(
                vertx, URI.create("ws://127.0.0.1:" + port + "/ws/node"), tokens, WORK_MILLIS, GPUS, HollowEvents.NONE);
        nodes.ready().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        return this;
    }

    /** Something of everything, in states that differ. */
    public PageFleet work() {
        deployment("llama-70b", 4, 4, "serve");
        deployment("qwen-coder", 2, 2, "serve");
        deployment("embeddings", 3, 1, "train");
        deployment("too-large", 1, 64, "serve");
        for (int i = 0; i < 30; i++) {
            job("sweep-" + i, 1, "sleep", i < 20 ? "0.1" : "600");
        }
        job("needs-sixteen", 16, "sleep", "1");
        execution();
        for (String name : new String[] {"qwen/qwen2.5-0.5b-instruct", "acme/reranker"}) {
            client.expect(
                    201,
                    client.post(
                            "/api/models", new JsonObject().put("name", name).put("task", "text-generation")));
        }
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() ->
                        client.get("/api/deployments?status=RUNNING").json().getInteger("totalSize") >= 3);
        return this;
    }

    /** One cordoned, one drained, one with a GPU out of service, one gone. */
    public PageFleet trouble() {
        client.expect(200, client.put("/api/nodes/gpu-003/schedulable", new JsonObject().put("schedulable", false)));
        client.expect(
                200,
                client.put(
                        "/api/nodes/gpu-004/drain",
                        new JsonObject().put("deadlineSeconds", 3_600).put("message", "driver update")));
        client.expect(
                200,
                client.put("/api/nodes/gpu-005/gpus/2/maintenance", new JsonObject().put("reason", "fan is replaced")));
        return this;
    }

    /** Cuts a node off as if its cable were pulled. */
    public void lose(String id) {
        nodes.cutOff(Set.of(id));
    }

    /** @param gpus of each replica */
    public void deployment(String name, int replicas, int gpus, String pool) {
        var spec = new JsonObject()
                .put("image", "registry.local/" + name + ":1")
                .put("gpus", new JsonObject().put("count", gpus))
                .put("ports", new JsonArray().add(new JsonObject().put("containerPort", 8000)));
        client.expect(
                201,
                client.post(
                        "/api/deployments",
                        new JsonObject()
                                .put("name", name)
                                .put("replicas", replicas)
                                .put("spec", spec)
                                .put("requirements", new JsonObject().put("labelSelector", "pool=" + pool))));
    }

    public void job(String name, int gpus, String... command) {
        client.expect(
                201,
                client.post(
                        "/api/jobs",
                        new JsonObject()
                                .put("name", name)
                                .put("image", "local/job:1")
                                .put("command", new JsonArray(java.util.List.of(command)))
                                .put(
                                        "requirements",
                                        new JsonObject().put("gpus", new JsonObject().put("count", gpus)))));
    }

    /** As a nightly evaluation: a fan of twelve between a split and a report. */
    public void execution() {
        var steps = new JsonArray().add(step("fetch")).add(step("split", 0)).add(step("tokenize", 1));
        var fan = new Integer[13];
        for (int i = 0; i < 12; i++) {
            steps.add(step("eval-" + i, 1));
            fan[i] = i + 3;
        }
        fan[12] = 2;
        steps.add(step("merge", fan)).add(step("report", 15));
        client.expect(
                201,
                client.post(
                        "/api/executions",
                        new JsonObject()
                                .put("name", "nightly-eval")
                                .put("start", true)
                                .put("steps", steps)));
    }

    private static JsonObject step(String name, Integer... after) {
        return new JsonObject()
                .put("name", name)
                .put("command", "system.healthCheck")
                .put("dependsOn", new JsonArray(java.util.List.of(after)));
    }

    @Override
    public void close() {
        if (nodes != null) {
            nodes.stop();
        }
        vertx.close()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }
}
