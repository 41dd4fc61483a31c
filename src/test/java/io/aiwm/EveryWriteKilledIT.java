package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmFleet;
import io.aiwm.testing.AiwmProcess;
import io.aiwm.testing.HaltingController;
import io.aiwm.testing.HaltingController.Moment;
import io.aiwm.testing.TestImages;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * While a deployment is made the controller ends at one of its writes and is started again: once for each of them, before
 * it and after it. Its worker, a real one with real containers, lives through all of it. Needs a Docker Engine and the built jar.
 */
@Timeout(300)
class EveryWriteKilledIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String PASSWORD = "a password for tests 1";
    private static final String NODE = "node-1";
    private static final String CLUSTER = "test-" + Long.toString(System.nanoTime(), 36);
    /** What is written whenever a deployment is made; what its container is seen to do meanwhile comes on top. */
    private static final List<String> STORY = List.of(
            "insert of deployments, PENDING",
            "insert of executions, RUNNING, ASSIGNED, PENDING",
            "replaceIf of executions, RUNNING, COMPLETED, ASSIGNED",
            "replaceIf of executions, COMPLETED, COMPLETED, COMPLETED",
            "replaceIf of deployments, RUNNING, container running");

    @TempDir
    static Path folder;

    static AiwmProcess controller;
    static AiwmProcess worker;
    static AiwmClient api;
    static Path data;

    @BeforeAll
    static void start() {
        AiwmFleet.requireEngine();
        TestImages.web(1);
        int port = AiwmProcess.freePort();
        data = folder.resolve("controller/data");
        controller = AiwmProcess.of("controller", folder.resolve("controller"))
                .through(HaltingController.class)
                .with("PORT", port)
                .with("AIWM_ADMIN_PASSWORD", PASSWORD)
                .with("AIWM_CLUSTER_ENABLED", false)
                .with("AIWM_FLEET_HEARTBEAT_INTERVAL", "1s")
                .with("AIWM_FLEET_UNHEALTHY_AFTER", "30s")
                .with("AIWM_FLEET_OFFLINE_AFTER", "120s")
                .startAndWait();
        api = new AiwmClient(port, PASSWORD);
        api.expect(201, api.post("/api/nodes", new JsonObject().put("id", NODE).put("name", NODE)));
        String token = api.expect(201, api.post("/api/nodes/" + NODE + "/token", new JsonObject()))
                .getString("token");
        worker = AiwmProcess.of("worker", folder.resolve("worker"))
                .with("NODE_ID", NODE)
                .with("NODE_TOKEN", token)
                .with("AIWM_CLUSTER_NAME", CLUSTER)
                .with("CONTROLLER_WS_URL", "ws://127.0.0.1:" + port + "/ws/node")
                .startAndWait();
        await().atMost(PATIENCE)
                .until(() -> api.get("/api/nodes/" + NODE).json().getString("status"), "IDLE"::equals);
    }

    @AfterAll
    static void nothingStaysBehind() {
        if (controller != null) {
            controller.close();
        }
        if (worker != null) {
            worker.close();
            String host = System.getenv("DOCKER_HOST");
            int left = TestImages.countContainers(host, "aiwm.cluster=" + CLUSTER);
            TestImages.removeContainers(host, "aiwm.cluster=" + CLUSTER);
            assertThat(left).as("containers left behind").isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void whichever_write_the_controller_dies_at_the_deployment_runs_once_and_is_deleted_whole(Moment moment)
            throws Exception {
        int told = HaltingController.halts(data).size();
        boolean killed = true;
        while (killed) {
            HaltingController.arm(data, moment);
            String id = create();
            String answered = id;
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> !controller.isAlive() || runs(answered));
            HaltingController.disarm(data);
            List<String> halts = HaltingController.halts(data);
            killed = halts.size() > told;
            told = halts.size();
            String when = killed ? halts.get(told - 1) : "told without a kill";
            if (killed) {
                await().until(() -> !controller.isAlive());
                controller.startAndWait();
                id = onlyDeployment();
            }
            if (when.equals("BEFORE insert of deployments, PENDING")) {
                assertThat(id)
                        .as(when + ": nothing was stored, so nothing is there")
                        .isNull();
            } else {
                assertThat(id).as(when).isNotNull();
                ranOnceAndIsDeleted(id, when);
            }
        }
        assertThat(HaltingController.halts(data))
                .contains(STORY.stream().map(write -> moment + " " + write).toArray(String[]::new));
    }

    /** @return null when the controller died before it answered */
    private static String create() {
        var spec = new JsonObject()
                .put("image", TestImages.WEB + ":1")
                .put("pullPolicy", "never")
                .put("command", new JsonArray(List.of("sh", "-c", "trap 'exit 0' TERM; httpd -f -p 80 & wait")));
        var wanted = new JsonObject().put("name", "web").put("nodeId", NODE).put("spec", spec);
        try {
            return api.expect(201, api.post("/api/deployments", wanted)).getString("id");
        } catch (AiwmClient.Unreachable died) {
            return null;
        }
    }

    /** Whether the story has come to its end; false while nobody answers. */
    private static boolean runs(String id) {
        var deployment = id == null ? null : api.tryGet("/api/deployments/" + id);
        if (deployment == null || !"RUNNING".equals(deployment.json().getString("status"))) {
            return false;
        }
        var execution = api.tryGet("/api/executions/" + deployment.json().getString("lastExecutionId"));
        return execution != null && "COMPLETED".equals(execution.json().getString("status"));
    }

    private static String onlyDeployment() {
        var items = api.expect(200, api.get("/api/deployments")).getJsonArray("items");
        assertThat(items).hasSizeLessThanOrEqualTo(1);
        return items.isEmpty() ? null : items.getJsonObject(0).getString("id");
    }

    private static void ranOnceAndIsDeleted(String id, String when) {
        await(when).atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).until(() -> runs(id));
        assertThat(containersOf(id)).as(when + ": containers").isEqualTo(1);
        var executions =
                api.expect(200, api.get("/api/executions?resourceId=" + id)).getJsonArray("items");
        assertThat(executions).as(when).hasSize(1);
        for (Object step : executions.getJsonObject(0).getJsonArray("steps")) {
            assertThat(((JsonObject) step).getInteger("attempt"))
                    .as(when + ": " + executions.encodePrettily())
                    .isEqualTo(1);
        }
        api.expect(202, api.delete("/api/deployments/" + id));
        await(when)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> api.get("/api/deployments/" + id).status() == 404);
        assertThat(containersOf(id)).as(when + ": containers after delete").isZero();
    }

    private static int containersOf(String id) {
        return TestImages.countContainers(System.getenv("DOCKER_HOST"), "aiwm.deployment=" + id);
    }
}
