package io.aiwm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;

/**
 * Two controllers that share one cluster and one MongoDB (its in-memory stand-in, in this JVM), a worker on WebSocket that
 * knows only the first of them, and a worker on the clustered event bus whose session began at the first. Each is a JVM of
 * its own, on loopback, under a cluster name of its own; members are named one by one. Each controller keeps files in a
 * folder of its own.
 */
public final class TwoControllers implements AutoCloseable {
    public static final String ON_BUS = "node-bus";
    public static final String ON_WEBSOCKET = "node-websocket";
    private static final String PASSWORD = "a password for tests 1";
    private static final String KEY = "one key for both controllers, 32 bytes or more";

    public final AiwmProcess first;
    public final AiwmProcess second;
    public final AiwmClient overFirst;
    public final AiwmClient overSecond;
    private final String cluster = "test-" + Long.toString(System.nanoTime(), 36);
    private final MongoServer mongo = new MongoServer(new MemoryBackend());
    private final int clusterPort = AiwmProcess.freePorts();
    private AiwmProcess busWorker;
    private AiwmProcess socketWorker;

    /** Starts everything and waits until both controllers could give work to both nodes. */
    public TwoControllers(Path folder) {
        this(folder, Map.of());
    }

    /** @param settings further ones of both controllers */
    public TwoControllers(Path folder, Map<String, String> settings) {
        int storePort = mongo.bind().getPort();
        int firstPort = AiwmProcess.freePort();
        first = controller(folder.resolve("first"), firstPort, 0, storePort);
        overFirst = new AiwmClient(firstPort, PASSWORD);
        int secondPort = AiwmProcess.freePort();
        second = controller(folder.resolve("second"), secondPort, 1, storePort);
        overSecond = new AiwmClient(secondPort, PASSWORD);
        settings.forEach((name, value) -> {
            first.with(name, value);
            second.with(name, value);
        });
        try {
            first.startAndWait();
            socketWorker = worker(folder, ON_WEBSOCKET)
                    .with("CONTROLLER_WS_URL", "ws://127.0.0.1:" + firstPort + "/ws/node")
                    .with("NODE_TOKEN", overFirst.nodeToken(ON_WEBSOCKET))
                    .start();
            busWorker = clustered(worker(folder, ON_BUS), 2)
                    .with("NODE_TOKEN", overFirst.nodeToken(ON_BUS))
                    .memberWith(first)
                    .start();
            awaitUp(overFirst, ON_WEBSOCKET);
            awaitUp(overFirst, ON_BUS);
            second.startAndWait();
            awaitUp(overSecond, ON_WEBSOCKET);
            awaitUp(overSecond, ON_BUS);
        } catch (RuntimeException | Error cause) {
            close();
            throw cause;
        }
    }

    private AiwmProcess controller(Path folder, int port, int member, int storePort) {
        return clustered(AiwmProcess.of("controller", folder), member)
                .with("PORT", port)
                .with("AIWM_ADMIN_PASSWORD", PASSWORD)
                .with("AIWM_JWT_KEY", KEY)
                .with("MONGODB_URI", "mongodb://127.0.0.1:" + storePort + "/aiwm")
                .with("AIWM_INFERENCE_INTERNAL_ENDPOINTS", true)
                .with("AIWM_FLEET_HEARTBEAT_INTERVAL", "1s")
                .with("AIWM_FLEET_UNHEALTHY_AFTER", "10s")
                .with("AIWM_FLEET_OFFLINE_AFTER", "120s");
    }

    private AiwmProcess worker(Path folder, String node) {
        return AiwmProcess.of("worker", folder.resolve(node))
                .with("NODE_ID", node)
                .with("AIWM_WORKER_PROCESS_ENABLED", true)
                .with("AIWM_CLUSTER_NAME", cluster);
    }

    private AiwmProcess clustered(AiwmProcess process, int member) {
        var members = IntStream.range(0, 3)
                .mapToObj(each -> "127.0.0.1:" + (clusterPort + each))
                .toList();
        return process.with("AIWM_CLUSTER_NAME", cluster)
                .with("AIWM_CLUSTER_HOST", "127.0.0.1")
                .with("AIWM_CLUSTER_PORT", clusterPort + member)
                .with("AIWM_CLUSTER_MEMBERS", String.join(",", members));
    }

    public List<AiwmClient> both() {
        return List.of(overFirst, overSecond);
    }

    public static void awaitUp(AiwmClient api, String node) {
        Awaitility.await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            var answer = api.get("/api/nodes/" + node);
            assertThat(answer.status()).as(answer.text()).isEqualTo(200);
            assertThat(answer.json().getString("status")).as(answer.text()).isIn("IDLE", "BUSY");
        });
    }

    /** How many containers there are for a deployment, running or not. */
    public int containersOf(String deployment) {
        return TestImages.countContainers(System.getenv("DOCKER_HOST"), "aiwm.deployment=" + deployment);
    }

    public int containers() {
        return TestImages.countContainers(System.getenv("DOCKER_HOST"), "aiwm.cluster=" + cluster);
    }

    @Override
    public void close() {
        for (AiwmProcess each : new AiwmProcess[] {busWorker, socketWorker, first, second}) {
            if (each != null) {
                each.close();
            }
        }
        mongo.shutdownNow();
        TestImages.removeContainers(System.getenv("DOCKER_HOST"), "aiwm.cluster=" + cluster);
    }
}
