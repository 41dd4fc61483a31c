package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.WorkersOnWebSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real controller brings an uploaded version to real workers, which get it from each other, and takes it away again. */
@Timeout(300)
class ModelWarmIT {
    private static final int SIZE = 16 << 20;
    private static final List<String> NODES = List.of("a", "b", "c");

    @TempDir
    Path folder;

    private WorkersOnWebSocket fleet;
    private AiwmClient api;

    @BeforeEach
    void start() {
        fleet = new WorkersOnWebSocket(folder, Map.of());
        api = fleet.api;
        Map<String, ?> serves = Map.of("AIWM_WORKER_MODEL_SERVE_PEERS", true, "AIWM_WORKER_MODEL_PEER_PORT", 0);
        NODES.forEach(node -> fleet.worker(node, serves));
    }

    @AfterEach
    void close() {
        fleet.close();
    }

    @Test
    void a_version_costs_the_store_one_copy_stays_pinned_and_goes_from_every_node() throws Exception {
        byte[] weights = new byte[SIZE];
        new Random(7).nextBytes(weights);
        api.expect(201, api.upload("/api/models/upload?name=org/tiny&path=sub/tiny.gguf", weights));
        String id = api.expect(200, api.get("/api/models?name=org/tiny"))
                .getJsonArray("items")
                .getJsonObject(0)
                .getString("id");
        String version = "/api/models/" + id + "/versions/latest";

        JsonObject warmed = done(api.expect(202, api.post(version + "/warm", new JsonObject().put("pinned", true))));

        assertThat(sources(warmed)).containsExactlyInAnyOrder("store", "peer", "peer");
        assertThat(warmed.encode()).doesNotContain("signature");
        for (String node : NODES) {
            JsonObject model = api.expect(200, api.get("/api/nodes/" + node))
                    .getJsonArray("models")
                    .getJsonObject(0);
            assertThat(model.getString("name")).isEqualTo("org--tiny");
            assertThat(model.getBoolean("pinned")).isTrue();
            assertThat(folder.resolve(node + "/data/worker/models/.versions/org--tiny/1/sub/tiny.gguf"))
                    .hasBinaryContent(weights);
        }
        JsonObject again = done(api.expect(202, api.post(version + "/warm", new JsonObject().put("count", 2))));
        assertThat(steps(again))
                .hasSize(2)
                .allMatch(step -> step.getJsonObject("output").getBoolean("cached"));

        done(api.expect(202, api.post(version + "/evict", new JsonObject())));

        for (String node : NODES) {
            try (Stream<Path> left = Files.walk(folder.resolve(node + "/data/worker/models"))) {
                assertThat(left.filter(Files::isRegularFile)).isEmpty();
            }
        }
    }

    private static List<String> sources(JsonObject execution) {
        return steps(execution).stream()
                .map(step -> step.getJsonObject("output").getString("source"))
                .toList();
    }

    private static List<JsonObject> steps(JsonObject execution) {
        return execution.getJsonArray("steps", new JsonArray()).stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    private JsonObject done(JsonObject begun) {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(90))
                .until(
                        () -> {
                            JsonObject seen =
                                    api.expect(200, api.get("/api/executions/" + begun.getString("executionId")));
                            assertThat(seen.getString("status"))
                                    .as(seen.encode())
                                    .isIn("PENDING", "RUNNING", "COMPLETED");
                            return seen;
                        },
                        seen -> seen.getString("status").equals("COMPLETED"));
    }
}
