package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmProcess;
import io.aiwm.testing.WorkersOnWebSocket;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real controller and two equal workers: work goes where the model is that it reads, while it is there. */
@Timeout(180)
class ModelsNearIT {
    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private WorkersOnWebSocket fleet;
    private AiwmClient api;

    @BeforeEach
    void start() {
        // what the machine itself uses is seen by both workers, a moment apart; here only models shall differ
        fleet = new WorkersOnWebSocket(folder, Map.of("AIWM_JOBS_MEMORY_BYTES", 0));
        api = fleet.api;
    }

    @AfterEach
    void close() throws Exception {
        fleet.close();
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    @Test
    void a_job_goes_to_the_node_that_holds_its_model_and_after_its_deletion_it_does_not() throws Exception {
        worker("a");
        AiwmProcess b = worker("b");
        int models = vertx.createHttpServer()
                .requestHandler(request -> request.response().end(Buffer.buffer("weights")))
                .listen(0, "127.0.0.1")
                .await(10, TimeUnit.SECONDS)
                .actualPort();
        assertThat(runs(0.01, null)).isEqualTo("a");
        assertThat(runs(0.02, "org/tiny")).isEqualTo("a");

        var where = new JsonObject().put("name", "org/tiny").put("url", "http://127.0.0.1:" + models + "/tiny");
        done(step("model.download", where).put("nodeId", "b"));
        holds("b", "org--tiny");
        assertThat(runs(0.03, "org/tiny")).isEqualTo("b");

        b.kill9();
        b.startAndWait();
        fleet.awaitUp("b");
        assertThat(runs(0.04, "org--tiny")).isEqualTo("b");
        assertThat(runs(0.05, null)).isEqualTo("a");

        done(step("model.delete", new JsonObject().put("name", "org/tiny")).put("nodeId", "b"));
        holds("b");
        assertThat(runs(0.06, "org/tiny")).isEqualTo("a");
    }

    /** The node a job ran on. @param cpu another for each: jobs that ask for the same are packed together */
    private String runs(double cpu, String model) {
        var needs = new JsonObject().put("runtime", "process").put("cpu", cpu);
        if (model != null) {
            needs.put("models", new JsonArray().add(model));
        }
        var job = new JsonObject().put("name", "reads").put("command", "true").put("requirements", needs);
        String id = api.expect(201, api.post("/api/jobs", job)).getString("id");
        JsonObject ended = ended("/api/jobs/" + id);
        assertThat(ended.getJsonObject("requirements").getJsonArray("models"))
                .isEqualTo(model == null ? null : new JsonArray().add(model));
        return ended.getString("nodeId");
    }

    private static JsonObject step(String command, JsonObject data) {
        return new JsonObject().put("command", command).put("data", data);
    }

    private void done(JsonObject step) {
        var body = new JsonObject().put("start", true).put("steps", new JsonArray().add(step));
        ended("/api/executions/"
                + api.expect(201, api.post("/api/executions", body)).getString("id"));
    }

    private JsonObject ended(String path) {
        Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            var seen = api.expect(200, api.get(path));
            assertThat(seen.getString("status")).as(seen.encode()).isEqualTo("COMPLETED");
        });
        return api.expect(200, api.get(path));
    }

    private void holds(String node, String... names) {
        Awaitility.await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            var models = api.expect(200, api.get("/api/nodes/" + node)).getJsonArray("models", new JsonArray());
            assertThat(models.stream().map(one -> ((JsonObject) one).getString("name")))
                    .containsExactly(names);
        });
    }

    private AiwmProcess worker(String node) {
        return fleet.worker(node, Map.of("AIWM_WORKER_PROCESS_ENABLED", true));
    }
}
