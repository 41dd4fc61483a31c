package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmProcess;
import io.aiwm.testing.BullWorker;
import io.aiwm.testing.RedisServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A thousand changes, while Redis and the controller are killed, reach a stock BullMQ worker. Needs the built jar, redis-server, node and
 * npm.
 */
@Timeout(400)
class NotificationsKilledIT {
    private static final String PASSWORD = "a password for tests 1";
    private static final int CHANGES = 1_000;
    private static final int NODES = 20;

    @TempDir
    Path folder;

    private RedisServer redis;
    private AiwmProcess controller;
    private BullWorker worker;

    @AfterEach
    void stop() {
        if (worker != null) {
            worker.close();
        }
        if (controller != null) {
            controller.close();
        }
        if (redis != null) {
            redis.close();
        }
    }

    @Test
    void every_change_arrives_in_the_order_of_each_node() throws IOException {
        redis = new RedisServer(folder.resolve("redis")).start();
        controller = AiwmProcess.of("controller", folder)
                .with("AIWM_AUTH_ADMIN_PASSWORD", PASSWORD)
                .with("REDIS_HOST", "127.0.0.1")
                .with("REDIS_PORT", redis.port)
                .with("REDIS_USER", RedisServer.USER)
                .with("REDIS_PASSWORD", RedisServer.PASSWORD);
        controller.startAndWait();
        worker = new BullWorker(
                BullWorker.install(folder.resolve("npm")),
                new JsonObject()
                        .put("host", "127.0.0.1")
                        .put("port", redis.port)
                        .put("username", RedisServer.USER)
                        .put("password", RedisServer.PASSWORD));
        await().atMost(Duration.ofSeconds(60)).until(worker::isReady);

        var api = new AiwmClient(controller.port(), PASSWORD);
        for (int node = 0; node < NODES; node++) {
            api.expect(201, api.post("/api/nodes", new JsonObject().put("id", "n" + node)));
        }
        for (int change = NODES; change < CHANGES; change++) {
            if (change == 300) {
                redis.kill();
            }
            if (change == 500) {
                controller.kill9();
                controller.startAndWait();
                api = new AiwmClient(controller.port(), PASSWORD);
            }
            if (change == 700) {
                redis.start();
            }
            if (change == 850) {
                controller.kill9();
                controller.startAndWait();
                api = new AiwmClient(controller.port(), PASSWORD);
            }
            api.expect(200, api.patch("/api/nodes/n" + change % NODES, new JsonObject().put("zone", "z" + change)));
        }

        await().atMost(Duration.ofSeconds(90)).until(() -> distinct().size() >= CHANGES);
        assertThat(distinct()).hasSize(CHANGES);
        inOrder().forEach((node, revisions) -> assertThat(revisions).as(node).isSorted());
        System.out.println(new JsonObject()
                .put("changes", CHANGES)
                .put("distinct", distinct().size())
                .put("jobs", worker.jobs().size())
                .encode());
    }

    private Set<String> distinct() {
        return worker.jobs().stream()
                .map(job -> job.getJsonObject("data"))
                .filter(data -> data.getString("type").startsWith("node."))
                .map(data -> data.getString("id"))
                .collect(Collectors.toSet());
    }

    /** Of each node the revisions in the order in which they came first. */
    private Map<String, List<Long>> inOrder() {
        var seen = new HashSet<String>();
        var all = new LinkedHashMap<String, List<Long>>();
        for (JsonObject job : worker.jobs()) {
            JsonObject data = job.getJsonObject("data");
            if (seen.add(data.getString("id")) && data.getString("resourceId") != null) {
                all.computeIfAbsent(data.getString("resourceId"), first -> new ArrayList<>())
                        .add(data.getLong("revision"));
            }
        }
        return all;
    }
}
