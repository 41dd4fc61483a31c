package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Sha256;
import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmProcess;
import io.aiwm.testing.WorkersOnWebSocket;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real controller and real workers that fetch one model; the store counts what it gives. */
@Timeout(300)
class ModelPeersIT {
    private static final int SIZE = 24 << 20;

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final byte[] model = new byte[SIZE];
    private final AtomicLong given = new AtomicLong();
    private final List<String> ranges = new CopyOnWriteArrayList<>();
    private volatile boolean stalls;
    private String sha256;
    private int store;
    private WorkersOnWebSocket fleet;
    private AiwmClient api;

    @BeforeEach
    void start() throws Exception {
        new Random(1).nextBytes(model);
        sha256 = Sha256.hex(model);
        store = vertx.createHttpServer()
                .requestHandler(this::serve)
                .listen(0, "127.0.0.1")
                .await(10, TimeUnit.SECONDS)
                .actualPort();
        fleet = new WorkersOnWebSocket(folder, Map.of());
        api = fleet.api;
    }

    @AfterEach
    void close() throws Exception {
        fleet.close();
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    @Test
    void three_nodes_cost_the_store_one_copy_with_peers_and_three_without() {
        List<String> nodes = List.of("a", "b", "c");
        nodes.forEach(node -> worker(node, true));

        fetchAll(nodes, "with-peers");

        assertThat(given.get()).isEqualTo(SIZE);
        for (String node : nodes) {
            JsonObject shown = api.expect(200, api.get("/api/nodes/" + node));
            assertThat(shown.getJsonArray("models").getJsonObject(0).getString("sha256"))
                    .isEqualTo(sha256);
            assertThat(shown.getString("modelServer")).startsWith("http://127.0.0.1:");
        }
        given.set(0);
        fleet.stopWorkers();
        List<String> alone = List.of("d", "e", "f");
        alone.forEach(node -> worker(node, false));

        fetchAll(alone, "alone");

        assertThat(given.get()).isEqualTo(3L * SIZE);
    }

    @Test
    void a_worker_killed_in_the_middle_goes_on_where_it_was() throws Exception {
        AiwmProcess worker = worker("a", false);
        stalls = true;
        String id = fetch("a", "killed");
        Path parts = folder.resolve("a/data/worker/models/.parts").resolve(sha256);
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> Files.exists(parts) && Files.size(parts) >= SIZE / 4);

        worker.kill9();
        long here = Files.size(parts);
        stalls = false;
        worker.startAndWait();

        completed(id);
        assertThat(ranges).last().isEqualTo("bytes=" + here + "-");
        try (Stream<Path> left = Files.list(parts.getParent())) {
            assertThat(left).isEmpty();
        }
        assertThat(Sha256.hex(folder.resolve("a/data/worker/models/.versions/killed/1/killed")))
                .isEqualTo(sha256);
    }

    private void fetchAll(List<String> nodes, String name) {
        List<String> ids = nodes.stream().map(node -> fetch(node, name)).toList();
        ids.forEach(this::completed);
    }

    private String fetch(String node, String name) {
        var data = new JsonObject()
                .put("name", name)
                .put("version", "1")
                .put("sha256", sha256)
                .put("sizeBytes", SIZE)
                .put("url", "http://127.0.0.1:" + store + "/model");
        var step =
                new JsonObject().put("command", "model.cache").put("data", data).put("nodeId", node);
        var body = new JsonObject().put("start", true).put("steps", new JsonArray().add(step));
        return api.expect(201, api.post("/api/executions", body)).getString("id");
    }

    private void completed(String id) {
        Awaitility.await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            var seen = api.expect(200, api.get("/api/executions/" + id));
            assertThat(seen.getString("status")).as(seen.encode()).isEqualTo("COMPLETED");
        });
    }

    private void serve(HttpServerRequest request) {
        String range = request.getHeader("Range");
        if (range != null) {
            ranges.add(range);
        }
        int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
        var response = request.response().putHeader("ETag", "\"1\"");
        if (from > 0) {
            response.setStatusCode(206).putHeader("Content-Range", "bytes " + from + "-" + (SIZE - 1) + "/" + SIZE);
        }
        given.addAndGet(SIZE - from);
        Buffer rest = Buffer.buffer(model).slice(from, SIZE);
        if (stalls) {
            response.putHeader("Content-Length", String.valueOf(rest.length()));
            response.write(rest.slice(0, rest.length() / 2));
        } else {
            response.end(rest);
        }
    }

    private AiwmProcess worker(String node, boolean serves) {
        return fleet.worker(node, Map.of("AIWM_WORKER_MODEL_SERVE_PEERS", serves, "AIWM_WORKER_MODEL_PEER_PORT", 0));
    }
}
