package io.aiwm.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/**
 * A cluster that strangers are after: a controller and a worker on the bus, which runs a job with a secret in its environment,
 * and three strangers who were first on the ports where members look for each other. A second controller can be started.
 */
public final class GuardedCluster implements AutoCloseable {
    public static final String NODE = "node-bus";
    /** Made by an administrator for a machine that has not come yet. */
    public static final String AWAITED = "node-awaited";

    public static final String MARKER = "marker-7f3a9c51d2";
    private static final String PASSWORD = "a password for tests 1";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    public final String name = "test-" + Long.toString(System.nanoTime(), 36);
    public final int firstPort = AiwmProcess.freePorts();
    public final int controllerPort = firstPort + OccupiedPort.Does.values().length;
    public final int busPort = AiwmProcess.freePort();
    public final List<OccupiedPort> strangers = new ArrayList<>();
    public final AiwmProcess controller;
    public final AiwmProcess worker;
    public final AiwmClient api;
    public final String token;
    public final String job;
    private final MongoServer mongo = new MongoServer(new MemoryBackend());
    private final int storePort = mongo.bind().getPort();
    private final Path folder;
    /** Executions that the tests themselves have asked for. */
    private final Set<String> asked = ConcurrentHashMap.newKeySet();

    public GuardedCluster(Path folder) {
        this.folder = folder;
        for (OccupiedPort.Does does : OccupiedPort.Does.values()) {
            strangers.add(new OccupiedPort(firstPort + strangers.size(), does, controllerPort));
        }
        controller = controller("first").with("AIWM_CLUSTER_BUS_PORT", busPort);
        api = new AiwmClient(controller.port(), PASSWORD);
        worker = AiwmProcess.of("worker", folder.resolve("worker"));
        try {
            controller.startAndWait();
            token = node(NODE, new JsonObject());
            node(AWAITED, new JsonObject().put("vault", "yes"));
            member(worker, "worker", token).start();
            awaitUp();
            job = start("env | grep -c " + MARKER + "; exec sleep 400");
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(jobStatus()).isEqualTo("RUNNING"));
        } catch (RuntimeException | Error cause) {
            close();
            throw cause;
        }
    }

    /** Another controller of this installation, not started. */
    public AiwmProcess controller(String name) {
        return clustered(AiwmProcess.of("controller", folder.resolve(name)))
                .with("PORT", AiwmProcess.freePort())
                .with("AIWM_ADMIN_PASSWORD", PASSWORD)
                .with("AIWM_JWT_KEY", "one key for both controllers, 32 bytes or more")
                .with("MONGODB_URI", "mongodb://127.0.0.1:" + storePort + "/aiwm")
                .with("AIWM_FLEET_HEARTBEAT_INTERVAL", "1s")
                .with("AIWM_FLEET_UNHEALTHY_AFTER", "15s")
                .with("AIWM_FLEET_OFFLINE_AFTER", "120s");
    }

    /** A worker of this node, with the controller's cluster key; not started. */
    public AiwmProcess member(AiwmProcess process, String data, String nodeToken) {
        giveKey(folder.resolve(data).resolve("data"), key());
        return clustered(process).with("NODE_TOKEN", nodeToken).with("AIWM_WORKER_PROCESS_ENABLED", true);
    }

    private AiwmProcess clustered(AiwmProcess process) {
        return process.with("AIWM_CLUSTER_NAME", name).with("AIWM_CLUSTER_PORT", firstPort);
    }

    /** A node of this id. @return its token */
    private String node(String id, JsonObject labels) {
        var node = new JsonObject().put("id", id).put("name", id).put("labels", labels);
        api.expect(201, api.post("/api/nodes", node));
        var wanted = new JsonObject().put("description", "test");
        return api.expect(201, api.post("/api/nodes/" + id + "/token", wanted)).getString("token");
    }

    public Path dataOf(String process) {
        return folder.resolve(process).resolve("data");
    }

    /** What the controller's file holds. */
    public String key() {
        try {
            return Files.readString(dataOf("first").resolve("cluster.key")).strip();
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }

    public static void giveKey(Path data, String key) {
        try {
            Files.createDirectories(data);
            Path file = data.resolve("cluster.key");
            Files.deleteIfExists(file);
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(file, key + "\n");
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }

    /** Where members are looked for. */
    public List<String> members() {
        return IntStream.range(0, 10)
                .mapToObj(each -> "127.0.0.1:" + (firstPort + each))
                .toList();
    }

    public void awaitUp() {
        TwoControllers.awaitUp(api, NODE);
    }

    /** A job of this script on the node, with the secret in its environment. @return its id */
    public String start(String script) {
        var job = new JsonObject()
                .put("name", "it")
                .put("command", new JsonArray(List.of("sh", "-c", script)))
                .put("env", new JsonObject().put("DB_PASSWORD", MARKER))
                .put("graceMs", 500)
                .put(
                        "requirements",
                        new JsonObject()
                                .put("nodeId", NODE)
                                .put("runtime", "process")
                                .put("cpu", 0.1)
                                .put("memoryBytes", 32 << 20));
        String id = api.expect(201, api.post("/api/jobs", job)).getString("id");
        asked.add(id);
        return id;
    }

    private String jobStatus() {
        return api.get("/api/jobs/" + job).json().getString("status");
    }

    /** Gives the real worker a job through this controller and waits until it is done. */
    public void worksThrough(AiwmClient controllerApi) {
        var step = new JsonObject().put("command", "system.healthCheck").put("nodeId", NODE);
        var wanted = new JsonObject().put("start", true).put("steps", new JsonArray().add(step));
        String id = controllerApi
                .expect(201, controllerApi.post("/api/executions", wanted))
                .getString("id");
        asked.add(id);
        await().atMost(PATIENCE).untilAsserted(() -> {
            var answer = controllerApi.get("/api/executions/" + id);
            assertThat(answer.json().getString("status")).as(answer.text()).isEqualTo("COMPLETED");
        });
    }

    public AiwmClient clientOf(AiwmProcess process) {
        return new AiwmClient(process.port(), PASSWORD);
    }

    /** All that an attack could have moved, as an administrator sees it. */
    public String facts() {
        var facts = new TreeMap<String, Object>();
        for (Object each : items("/api/nodes?pageSize=100")) {
            var node = (JsonObject) each;
            String status = node.getString("status");
            facts.put(
                    "node " + node.getString("id"),
                    node.getString("name") + " " + node.getJsonObject("labels") + " "
                            + (List.of("IDLE", "BUSY").contains(status) ? "up" : status) + " "
                            + items("/api/nodes/" + node.getString("id") + "/tokens")
                                    .size() + " tokens");
        }
        for (Object each : items("/api/executions?pageSize=100")) {
            var execution = (JsonObject) each;
            if (!asked.contains(execution.getString("id"))) {
                facts.put("execution " + execution.getString("id"), execution.getString("status"));
            }
        }
        facts.put("deployments", items("/api/deployments?pageSize=100").size());
        facts.put("job", jobStatus());
        facts.put(
                "attempts",
                api.get("/api/jobs/" + job).json().getJsonArray("attempts").size());
        return facts.toString();
    }

    private JsonArray items(String path) {
        var answer = api.get(path);
        assertThat(answer.status()).as(path + answer.text()).isEqualTo(200);
        return answer.text().startsWith("[")
                ? new JsonArray(answer.text())
                : answer.json().getJsonArray("items");
    }

    /** Lines of the controller's log, since its last start, with all of these words. */
    public List<String> logged(String... words) {
        return lines(controller, words);
    }

    public static List<String> lines(AiwmProcess process, String... words) {
        return process.output()
                .lines()
                .filter(line -> List.of(words).stream().allMatch(line::contains))
                .toList();
    }

    @Override
    public void close() {
        if (job != null && worker.isAlive() && controller.isAlive()) {
            api.post("/api/jobs/" + job + "/cancel", null);
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(jobStatus()).isEqualTo("CANCELLED"));
        }
        controller.close();
        worker.close();
        for (OccupiedPort each : strangers) {
            try {
                each.close();
            } catch (IOException cause) {
                throw new UncheckedIOException(cause);
            }
        }
        mongo.shutdownNow();
    }
}
