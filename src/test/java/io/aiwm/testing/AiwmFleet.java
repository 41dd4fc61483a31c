package io.aiwm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;

/**
 * A controller, a worker on the clustered event bus and a worker on WebSocket, each a JVM of its own, on loopback, with a
 * cluster name of their own so that nothing else on the machine is touched.
 */
public final class AiwmFleet implements AutoCloseable {
    public static final String ON_BUS = "node-bus";
    public static final String ON_WEBSOCKET = "node-websocket";
    private static final String PASSWORD = "a password for tests 1";

    public final String cluster = "test-" + Long.toString(System.nanoTime(), 36);
    public final AiwmProcess controller;
    public final Map<String, AiwmProcess> workers = new LinkedHashMap<>();
    public final AiwmClient api;
    private final int port = AiwmProcess.freePort();

    /** Starts everything and waits until both nodes can be given work. */
    public AiwmFleet(Path folder) {
        int clusterPort = AiwmProcess.freePorts();
        controller = AiwmProcess.of("controller", folder.resolve("controller"))
                .with("PORT", port)
                .with("AIWM_ADMIN_PASSWORD", PASSWORD)
                .with("AIWM_CLUSTER_NAME", cluster)
                .with("AIWM_CLUSTER_PORT", clusterPort)
                .with("AIWM_FLEET_HEARTBEAT_INTERVAL", "1s")
                .with("AIWM_FLEET_UNHEALTHY_AFTER", "15s")
                .with("AIWM_FLEET_OFFLINE_AFTER", "60s");
        api = new AiwmClient(port, PASSWORD);
        try {
            controller.startAndWait();
            workers.put(
                    ON_BUS,
                    worker(folder, ON_BUS)
                            .with("AIWM_CLUSTER_PORT", clusterPort)
                            .with("NODE_TOKEN", api.nodeToken(ON_BUS))
                            .memberWith(controller)
                            .start());
            workers.put(
                    ON_WEBSOCKET,
                    worker(folder, ON_WEBSOCKET)
                            .with("CONTROLLER_WS_URL", "ws://127.0.0.1:" + port + "/ws/node")
                            .with("NODE_TOKEN", api.nodeToken(ON_WEBSOCKET))
                            .start());
            workers.values().forEach(AiwmProcess::awaitReady);
            workers.keySet().forEach(this::awaitUp);
        } catch (RuntimeException | Error cause) {
            close();
            throw cause;
        }
    }

    private AiwmProcess worker(Path folder, String node) {
        return AiwmProcess.of("worker", folder.resolve(node))
                .with("NODE_ID", node)
                .with("AIWM_WORKER_PROCESS_ENABLED", true)
                .with("AIWM_CLUSTER_NAME", cluster);
    }

    /** Skips the test where no container engine answers; fails it where everything must run. */
    public static void requireEngine() {
        boolean answers = TestImages.engineAnswers();
        if (System.getenv("AIWM_REQUIRE_ALL") != null) {
            assertThat(answers).as("a Docker Engine must answer").isTrue();
        }
        Assumptions.assumeTrue(answers, "no Docker Engine answers");
    }

    public void awaitUp(String node) {
        Awaitility.await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            var answer = api.get("/api/nodes/" + node);
            assertThat(answer.status()).as(answer.text()).isEqualTo(200);
            assertThat(answer.json().getString("status")).as(answer.text()).isIn("IDLE", "BUSY");
        });
    }

    /** Kills the controller and starts it again on the same data. */
    public void killController() {
        controller.kill9();
        controller.startAndWait();
    }

    public void killWorker(String node) {
        workers.get(node).kill9();
        workers.get(node).startAndWait();
        awaitUp(node);
    }

    /** How many containers this fleet has made for a deployment, running or not. */
    public int containersOf(String deployment) {
        return TestImages.countContainers(System.getenv("DOCKER_HOST"), "aiwm.deployment=" + deployment);
    }

    public int containers() {
        return TestImages.countContainers(System.getenv("DOCKER_HOST"), "aiwm.cluster=" + cluster);
    }

    /** The programs in them run now. */
    public int runningContainers() {
        String ids = TestImages.run(
                        System.getenv("DOCKER_HOST"),
                        null,
                        "ps",
                        "-q",
                        "--filter",
                        "status=running",
                        "--filter",
                        "label=aiwm.cluster=" + cluster)
                .output();
        return ids.isBlank() ? 0 : ids.trim().split("\\s+").length;
    }

    @Override
    public void close() {
        workers.values().forEach(AiwmProcess::close);
        controller.close();
        TestImages.removeContainers(System.getenv("DOCKER_HOST"), "aiwm.cluster=" + cluster);
    }
}
