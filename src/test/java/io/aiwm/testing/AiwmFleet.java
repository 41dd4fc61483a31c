package io.aiwm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;

/**
 * A controller, workers on the clustered event bus and workers on WebSocket, each a JVM of its own, on loopback, with a
 * cluster name of their own so that nothing else on the machine is touched.
 */
public final class AiwmFleet implements AutoCloseable {
    public static final String ON_BUS = "node-bus";
    public static final String ON_WEBSOCKET = "node-websocket";
    /** Of the administrator. */
    public static final String PASSWORD = "a password for tests 1";

    public final String cluster = "test-" + Long.toString(System.nanoTime(), 36);
    public final AiwmProcess controller;
    public final Map<String, AiwmProcess> workers = new LinkedHashMap<>();
    public final AiwmClient api;
    private final Path folder;
    private final int port = AiwmProcess.freePort();
    private final int clusterPort = AiwmProcess.freePorts();
    private final Map<String, String> settings;
    private final Leftovers leftovers;

    /** One worker on each transport. */
    public AiwmFleet(Path folder) {
        this(folder, 1, 1, Map.of());
    }

    /**
     * Starts everything and waits until all nodes can be given work. The first node of a transport is {@link #ON_BUS} or {@link
     * #ON_WEBSOCKET}, a second one has {@code -2} behind that.
     *
     * @param settings environment variables of all processes
     */
    public AiwmFleet(Path folder, int onBus, int onWebSocket, Map<String, String> settings) {
        this.folder = folder;
        this.settings = settings;
        leftovers = new Leftovers(this, folder);
        controller = process("controller", "controller")
                .with("PORT", port)
                .with("AIWM_ADMIN_PASSWORD", PASSWORD)
                .with("AIWM_CLUSTER_PORT", clusterPort)
                .with("AIWM_FLEET_HEARTBEAT_INTERVAL", "1s")
                .with("AIWM_FLEET_UNHEALTHY_AFTER", "15s")
                .with("AIWM_FLEET_OFFLINE_AFTER", "60s")
                // as many attempts as ever, within 16 s and not a minute
                .with("AIWM_EXECUTIONS_RETRY_BACKOFF", "250ms");
        api = new AiwmClient(port, PASSWORD);
        try {
            controller.startAndWait();
            for (int i = 1; i <= onBus; i++) {
                onBus(i == 1 ? ON_BUS : ON_BUS + "-" + i);
            }
            for (int i = 1; i <= onWebSocket; i++) {
                onWebSocket(i == 1 ? ON_WEBSOCKET : ON_WEBSOCKET + "-" + i);
            }
            workers.values().forEach(AiwmProcess::awaitReady);
            workers.keySet().forEach(this::awaitUp);
        } catch (RuntimeException | Error cause) {
            close();
            throw cause;
        }
    }

    private AiwmProcess process(String mode, String name) {
        var process = AiwmProcess.of(mode, folder.resolve(name)).with("AIWM_CLUSTER_NAME", cluster);
        settings.forEach(process::with);
        return process;
    }

    private void onBus(String node) {
        workers.put(
                node,
                worker(node)
                        .with("AIWM_CLUSTER_PORT", clusterPort)
                        .memberWith(controller)
                        .start());
    }

    private void onWebSocket(String node) {
        workers.put(
                node,
                worker(node)
                        .with("CONTROLLER_WS_URL", "ws://127.0.0.1:" + port + "/ws/node")
                        .start());
    }

    private AiwmProcess worker(String node) {
        return process("worker", node)
                .with("NODE_ID", node)
                .with("NODE_TOKEN", api.nodeToken(node))
                .with("AIWM_WORKER_PROCESS_ENABLED", true);
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

    /** SIGKILL for its first process, as from outside the engine: to the engine it has crashed. */
    public void killContainer(String id) {
        String pid = TestImages.run(System.getenv("DOCKER_HOST"), null, "inspect", "-f", "{{.State.Pid}}", id)
                .output()
                .strip();
        Programs.run(10, null, "kill", "-9", pid);
    }

    /** A signal that does nothing to it: its worker looks at it now, and not when it next compares all of them. */
    public void drawAttention(String container) {
        Programs.run(10, System.getenv("DOCKER_HOST"), "docker", "kill", "--signal", "CONT", container);
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

    /** Fails with what is left behind by what was deleted or has failed, by name. Waits for what is being removed. */
    public void nothingIsLeft() {
        leftovers.none();
    }

    /** Ids of the containers of a deployment whose programs run now. */
    /** Asks for it, and does not wait. */
    void deleteDeployments() {
        var answer = api.tryGet("/api/deployments?pageSize=1000");
        if (answer != null && answer.status() == 200) {
            answer.json()
                    .getJsonArray("items")
                    .forEach(one ->
                            api.delete("/api/deployments/" + ((JsonObject) one).getString("id") + "?force=true"));
        }
    }

    public List<String> running(String deployment) {
        return TestImages.ids(System.getenv("DOCKER_HOST"), "aiwm.deployment=" + deployment, true);
    }

    /** The programs in them run now. */
    public int runningContainers() {
        return TestImages.ids(System.getenv("DOCKER_HOST"), "aiwm.cluster=" + cluster, true)
                .size();
    }

    /** Where this one keeps data of a process: {@code controller} or the name of a node. */
    Path dataOf(String process) {
        return folder.resolve(process).resolve("data");
    }

    @Override
    public void close() {
        workers.values().forEach(AiwmProcess::close);
        controller.close();
        TestImages.removeContainers(System.getenv("DOCKER_HOST"), "aiwm.cluster=" + cluster);
    }
}
