package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmProcess;
import io.aiwm.worker.hollow.HollowNodes;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real controller, killed where it hurts, and hollow nodes whose work takes longer than the test. */
@Timeout(180)
class NodesIT {
    private static final String PASSWORD = "a password for tests 1";
    private static final long LONG = Duration.ofMinutes(10).toMillis();

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final int port = AiwmProcess.freePort();
    private final Map<String, String> tokens = new LinkedHashMap<>();
    private AiwmProcess controller;
    private AiwmClient api;

    /** @param offlineAfter seconds; a hollow node takes up to ten to find a controller that was away */
    private void open(int offlineAfter) {
        controller = AiwmProcess.of("controller", folder.resolve("controller"))
                .with("PORT", port)
                .with("AIWM_ADMIN_PASSWORD", PASSWORD)
                .with("AIWM_CLUSTER_ENABLED", "false")
                .with("AIWM_FLEET_HEARTBEAT_INTERVAL", "300ms")
                .with("AIWM_FLEET_UNHEALTHY_AFTER", offlineAfter / 2 + "s")
                .with("AIWM_FLEET_OFFLINE_AFTER", offlineAfter + "s")
                .startAndWait();
        api = new AiwmClient(port, PASSWORD);
    }

    @AfterEach
    void close() throws Exception {
        if (controller != null) {
            controller.close();
        }
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    private HollowNodes nodes(String... ids) throws Exception {
        var theirs = new LinkedHashMap<String, String>();
        for (String id : ids) {
            theirs.put(id, tokens.computeIfAbsent(id, this::announced));
        }
        var nodes = HollowNodes.start(vertx, URI.create("ws://127.0.0.1:" + port + "/ws/node"), theirs, LONG);
        nodes.ready().await(30, TimeUnit.SECONDS);
        return nodes;
    }

    private String announced(String id) {
        api.expect(201, api.post("/api/nodes", new JsonObject().put("id", id)));
        return api.expect(201, api.post("/api/nodes/" + id + "/token", new JsonObject()))
                .getString("token");
    }

    private List<String> work(int count) {
        var ids = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            var steps = new JsonArray().add(new JsonObject().put("command", "system.healthCheck"));
            var body = new JsonObject().put("start", true).put("steps", steps);
            ids.add(api.expect(201, api.post("/api/executions", body)).getString("id"));
        }
        return ids;
    }

    private JsonObject step(String execution) {
        return api.expect(200, api.get("/api/executions/" + execution))
                .getJsonArray("steps")
                .getJsonObject(0);
    }

    private JsonObject stats() {
        return api.expect(200, api.get("/api/cluster/stats"));
    }

    private void soon(Runnable claim) {
        Awaitility.await().atMost(Duration.ofSeconds(40)).untilAsserted(claim::run);
    }

    @Test
    void a_drain_goes_on_when_the_controller_is_killed_in_the_middle() throws Exception {
        open(40);
        nodes("n1", "n2", "n3");
        var work = work(9);
        soon(() -> work.forEach(id -> assertThat(step(id).getString("status")).isEqualTo("RUNNING")));
        var there = work.stream()
                .filter(id -> step(id).getString("nodeId").equals("n1"))
                .toList();
        assertThat(there).isNotEmpty();

        var begun = api.expect(200, api.put("/api/nodes/n1/drain", new JsonObject().put("deadlineSeconds", 6)));
        assertThat(begun.getInteger("remaining")).isEqualTo(there.size());
        controller.kill9();
        controller.startAndWait();

        assertThat(api.expect(200, api.get("/api/nodes/n1")).getBoolean("schedulable"))
                .isFalse();
        var later = work(4);
        soon(() -> assertThat(api.expect(200, api.get("/api/nodes/n1/drain")).getString("state"))
                .isEqualTo("COMPLETE"));
        for (String id : there) {
            JsonObject step = step(id);
            assertThat(step.getString("nodeId")).as(step.encode()).isNotEqualTo("n1");
            assertThat(step.getInteger("attempt")).as(step.encode()).isEqualTo(2);
            JsonObject first = step.getJsonArray("attempts").getJsonObject(0);
            assertThat(first.getJsonObject("error").getString("category")).isEqualTo("drained");
        }
        for (String id : work) {
            if (!there.contains(id)) {
                assertThat(step(id).getInteger("attempt")).isEqualTo(1);
            }
        }
        soon(() -> later.forEach(id -> assertThat(step(id).getString("nodeId")).isIn("n2", "n3")));
        assertThat(api.expect(200, api.get("/api/nodes/n1/drain")).getInteger("complete"))
                .isEqualTo(there.size());
        api.expect(200, api.put("/api/nodes/n1/schedulable", new JsonObject().put("schedulable", true)));
    }

    @Test
    void when_most_nodes_vanish_at_once_nothing_is_started_elsewhere_until_they_return_or_an_operator_says_so()
            throws Exception {
        open(4);
        var most = nodes("n1", "n2", "n3", "n4");
        nodes("n5", "n6");
        var work = work(12);
        soon(() -> work.forEach(id -> assertThat(step(id).getString("status")).isEqualTo("RUNNING")));

        most.stop();
        soon(() -> {
            JsonObject stats = stats();
            assertThat(stats.getJsonObject("storm").getBoolean("active")).isTrue();
            assertThat(stats.getJsonObject("nodes").getInteger("held")).isEqualTo(4);
        });
        String since = stats().getJsonObject("storm").getString("since");
        controller.kill9();
        controller.startAndWait();
        // longer than a node is silent before it is lost
        Awaitility.await()
                .pollDelay(Duration.ofSeconds(6))
                .atMost(Duration.ofSeconds(40))
                .untilAsserted(() -> work.forEach(
                        id -> assertThat(step(id).getInteger("attempt")).isEqualTo(1)));
        JsonObject storm = stats().getJsonObject("storm");
        assertThat(storm.getBoolean("active")).isTrue();
        assertThat(storm.getString("since")).isEqualTo(since);
        assertThat(storm.getString("reason")).startsWith("4 of 6 nodes vanished within ");

        var back = nodes("n1", "n2", "n3", "n4");
        soon(() ->
                assertThat(stats().getJsonObject("storm").getString("outcome")).isEqualTo("returned"));
        work.forEach(id -> assertThat(step(id).getInteger("attempt")).isEqualTo(1));

        back.stop();
        soon(() -> {
            JsonObject stats = stats();
            assertThat(stats.getJsonObject("storm").getBoolean("active")).isTrue();
            // resolved while one is still heard, that one would be held by the next storm
            assertThat(stats.getJsonObject("nodes").getInteger("held")).isEqualTo(4);
        });
        api.expect(200, api.post("/api/cluster/storm/resolve", new JsonObject()));
        soon(() -> work.forEach(id -> assertThat(step(id).getString("nodeId")).isIn("n5", "n6")));
        assertThat(stats().getJsonObject("storm").getString("outcome")).isEqualTo("resolved");
    }
}
