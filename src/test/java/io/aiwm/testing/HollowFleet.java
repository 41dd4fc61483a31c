package io.aiwm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.worker.hollow.HollowNodes;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;

/** Many hollow nodes at a controller, work for them, and the history of what became of it. */
public final class HollowFleet implements AutoCloseable {
    /** What a hollow node says it has. */
    public static final double CORES = 64;

    public static final int SLOTS = 10_000;
    private static final int CLIENTS = 32;
    private static final String NAME = "fleet ";
    private static final long MEMORY = 64 << 20;

    private final Vertx vertx = Vertx.vertx();
    private final AiwmClient client;
    private final List<AiwmClient> all;
    private final ConcurrentLinkedQueue<String> made = new ConcurrentLinkedQueue<>();
    private final ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    private final List<HollowNodes> nodes = new ArrayList<>();
    private final List<String> nodeIds = new ArrayList<>();

    /** @param controllers of one cluster; work is submitted to each in turn */
    public HollowFleet(AiwmClient... controllers) {
        this.client = controllers[0];
        this.all = List.of(controllers);
    }

    /**
     * Makes nodes and connects them; returns when all are up.
     *
     * @param name begins their ids
     * @param workMillis how long each command takes
     */
    public void connect(String name, int count, int port, long workMillis) throws Exception {
        Map<String, String> tokens = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            String id = name + "-%05d".formatted(i);
            client.expect(201, client.post("/api/nodes", new JsonObject().put("id", id)));
            tokens.put(
                    id,
                    client.expect(201, client.post("/api/nodes/" + id + "/token", new JsonObject()))
                            .getString("token"));
        }
        nodeIds.addAll(tokens.keySet());
        var some = HollowNodes.start(vertx, URI.create("ws://127.0.0.1:" + port + "/ws/node"), tokens, workMillis);
        nodes.add(some);
        some.ready().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    /** Has several clients submit work; each repeats a request that was not answered, under the same key. */
    public List<java.util.concurrent.Future<?>> submit(int count, double cpu) {
        return IntStream.range(0, CLIENTS)
                .<java.util.concurrent.Future<?>>mapToObj(part -> clients.submit(() -> {
                    for (int i = part; i < count; i += CLIENTS) {
                        one(i, cpu);
                    }
                }))
                .toList();
    }

    private void one(int number, double cpu) {
        var body = new JsonObject()
                .put("name", NAME + number)
                .put("image", "hollow")
                .put("maxRetries", 3)
                .put(
                        "requirements",
                        new JsonObject()
                                .put("cpu", cpu)
                                .put("memoryBytes", MEMORY)
                                .put("labelSelector", "hollow=true"));
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> {
                    try {
                        var answer = all.get(number % all.size())
                                .call("POST", "/api/jobs", body, "Idempotency-Key", "fleet-" + number);
                        if (answer.status() == 503 || answer.status() == 409) {
                            return false;
                        }
                        made.add(client.expect(201, answer).getString("id"));
                        return true;
                    } catch (AiwmClient.Unreachable down) {
                        return false;
                    }
                });
    }

    public int made() {
        return made.size();
    }

    public void awaitNoneOpen(Duration most) {
        Awaitility.await().atMost(most).pollInterval(Duration.ofMillis(300)).until(() -> {
            var answer =
                    client.tryGet("/api/jobs?status=PENDING&status=QUEUED&status=ASSIGNED&status=RUNNING&pageSize=1");
            return answer != null
                    && answer.status() == 200
                    && answer.json().getJsonArray("items").isEmpty();
        });
    }

    /** Every record, read over the API; fails unless each that was accepted is there, and no other. */
    public FleetHistory history() {
        var history = new FleetHistory(CORES);
        var ids = new ArrayList<String>();
        String token = null;
        do {
            var page = client.expect(
                    200,
                    client.get("/api/executions?pageSize=500&category=job"
                            + (token == null ? "" : "&pageToken=" + token)));
            for (Object each : page.getJsonArray("items")) {
                history.add((JsonObject) each);
                ids.add(((JsonObject) each).getString("id"));
            }
            token = page.getString("nextPageToken");
        } while (token != null);
        assertThat(ids).as("executions in the store").containsExactlyInAnyOrderElementsOf(made);
        return history;
    }

    /** Ends the nodes and takes them out of the fleet, so that to those who stay it is no storm. */
    public void remove() {
        nodes.forEach(HollowNodes::stop);
        nodeIds.forEach(id -> client.expect(204, client.delete("/api/nodes/" + id + "?force=true")));
    }

    @Override
    public void close() {
        clients.shutdownNow();
        nodes.forEach(HollowNodes::stop);
        vertx.close()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }
}
