package io.aiwm.testing;

import static org.awaitility.Awaitility.await;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A controller in a JVM of its own that makes batches, with a service outside as its only model. Needs the built jar. */
public final class BatchController implements AutoCloseable {
    public static final String MODEL = "outside";
    public static final Duration SOON = Duration.ofSeconds(60);
    private static final String PASSWORD = "a password for tests 1";
    private static final List<String> ENDS = List.of("completed", "failed", "expired", "cancelled");

    private final Vertx vertx = Vertx.vertx();
    public final CountingEngine engine = new CountingEngine(vertx);
    public final AiwmProcess process;
    public final AiwmClient api;
    public final BatchClient client;

    public BatchController(Path folder) {
        int port = AiwmProcess.freePort();
        process = AiwmProcess.of("controller", folder)
                .with("PORT", port)
                .with("AIWM_AUTH_ADMIN_PASSWORD", PASSWORD)
                .with("AIWM_INFERENCE_INTERNAL_ENDPOINTS", "true")
                .with("AIWM_BATCH_MAX_FILE_BYTES", "1MiB")
                .startAndWait();
        api = new AiwmClient(port, PASSWORD);
        String url = "http://127.0.0.1:" + engine.port() + "/v1";
        api.expect(201, api.put("/api/inference/endpoints/" + MODEL, new JsonObject().put("baseUrl", url)));
        client = client("main", null);
        untilKnown();
    }

    /** Until the model can be called. */
    public void untilKnown() {
        await().atMost(SOON).until(() -> client.get("/v1/models").text().contains(MODEL));
    }

    /** @param limits null: none */
    public String key(String name, JsonObject limits) {
        var wish = new JsonObject().put("name", name).put("role", "VIEWER").put("scope", "inference");
        if (limits != null) {
            wish.put("limits", limits);
        }
        return api.expect(201, api.post("/api/api-keys", wish)).getString("key");
    }

    /** One with a key of its own. */
    public BatchClient client(String name, JsonObject limits) {
        return new BatchClient(api.url(""), key(name, limits));
    }

    public static String line(String customId, String model) {
        var message = new JsonObject().put("role", "user").put("content", customId);
        return new JsonObject()
                .put("custom_id", customId)
                .put("method", "POST")
                .put("url", "/v1/chat/completions")
                .put("body", new JsonObject().put("model", model).put("messages", new JsonArray().add(message)))
                .encode();
    }

    /** Their ids, which are their prompts too, are the prefix and a number from 0. */
    public static String lines(String prefix, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> line(prefix + i, MODEL))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    public static JsonObject counts(int total, int completed, int failed) {
        return new JsonObject().put("total", total).put("completed", completed).put("failed", failed);
    }

    public static JsonObject untilEnded(BatchClient client, String id) {
        await().atMost(SOON)
                .ignoreExceptions()
                .until(() -> ENDS.contains(client.batch(id).getString("status")));
        return client.batch(id);
    }

    @Override
    public void close() {
        process.close();
        vertx.close().await();
    }
}
