package io.aiwm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/** A controller without a cluster and workers without an engine, each a JVM of its own, for what needs neither. */
public final class WorkersOnWebSocket implements AutoCloseable {
    private static final String PASSWORD = "a password for tests 1";

    public final AiwmClient api;
    private final Path folder;
    private final AiwmProcess controller;
    private final List<AiwmProcess> workers = new ArrayList<>();

    /**
     * Starts the controller and waits until it is ready.
     *
     * @param folder each process has a folder there: {@code controller}, or the name of its node
     * @param settings environment variables of the controller
     */
    public WorkersOnWebSocket(Path folder, Map<String, ?> settings) {
        this.folder = folder;
        controller = AiwmProcess.of("controller", folder.resolve("controller"))
                .with("AIWM_ADMIN_PASSWORD", PASSWORD)
                .with("AIWM_CLUSTER_ENABLED", "false");
        settings.forEach(controller::with);
        api = new AiwmClient(controller.port(), PASSWORD);
        try {
            controller.startAndWait();
        } catch (RuntimeException | Error cause) {
            close();
            throw cause;
        }
    }

    /** Starts a worker, which may fetch from this machine, and waits until it can be given work. */
    public AiwmProcess worker(String node, Map<String, ?> settings) {
        var worker = AiwmProcess.of("worker", folder.resolve(node))
                .with("NODE_ID", node)
                .with("NODE_TOKEN", api.nodeToken(node))
                .with("CONTROLLER_WS_URL", "ws://127.0.0.1:" + controller.port() + "/ws/node")
                .with("AIWM_WORKER_DOCKER_ENABLED", false)
                .with("AIWM_WORKER_POLICY_ALLOWED_DOWNLOAD_HOSTS", "127.0.0.1");
        settings.forEach(worker::with);
        workers.add(worker);
        worker.startAndWait();
        awaitUp(node);
        return worker;
    }

    public void awaitUp(String node) {
        Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            JsonObject seen = api.expect(200, api.get("/api/nodes/" + node));
            assertThat(seen.getString("status")).as(seen.encode()).isIn("IDLE", "BUSY");
        });
    }

    /** Stops all workers there are now. */
    public void stopWorkers() {
        workers.forEach(AiwmProcess::stop);
    }

    @Override
    public void close() {
        workers.forEach(AiwmProcess::close);
        controller.close();
    }
}
