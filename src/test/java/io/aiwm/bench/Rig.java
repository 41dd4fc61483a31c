package io.aiwm.bench;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmProcess;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * What the benches over REST stand on: a controller started the way its users do, nodes that speak the real WebSocket
 * protocol in a JVM of their own, and this JVM as the driver. SQLite with full sync. Measurements are one JSON line each, in
 * the shape of the peers' benches.
 */
final class Rig implements AutoCloseable {
    private static final String PASSWORD = "bench-password-0";

    private interface Check {
        void run() throws Exception;
    }

    final Path data;
    final Vertx vertx = Vertx.vertx();
    private final int port;
    private final BenchApi api;
    private final int clusterPort = AiwmProcess.freePorts();
    private final List<Process> workers = Collections.synchronizedList(new ArrayList<>());
    private volatile Process controller;

    Rig() throws IOException {
        data = Files.createTempDirectory("aiwm-bench");
        port = AiwmProcess.freePort();
        api = new BenchApi(vertx, port);
        Runtime.getRuntime().addShutdownHook(new Thread(this::stop));
    }

    void startController() throws Exception {
        startController(Map.of());
    }

    /** A member of a cluster of its own. */
    void startClusteredController() throws Exception {
        startController(cluster());
    }

    private Map<String, String> cluster() {
        return Map.of("AIWM_CLUSTER_ENABLED", "true", "AIWM_CLUSTER_PORT", Integer.toString(clusterPort));
    }

    void startController(Map<String, String> environment) throws Exception {
        long began = System.nanoTime();
        // as its users start it; AIWM_JAVA_OPTS reaches it, for a profiler
        controller = start("controller.log", environment, "bin/aiwm", "controller", "--data-dir", data + "/controller");
        until("controller", () -> api.call(HttpMethod.GET, "/api/health/ready", null));
        double readySeconds = (System.nanoTime() - began) / 1e9;
        api.token = api.call(
                        HttpMethod.POST,
                        "/api/auth/login",
                        new JsonObject().put("username", "admin").put("password", PASSWORD))
                .getString("accessToken");
        print(new JsonObject()
                .put("mode", "start")
                .put("ready_s", round(readySeconds))
                .put("server_rss_mb", serverRss()));
    }

    /** Nodes on the clustered event bus that say at once that every command succeeded. */
    void startBusNodes(int nodes) throws Exception {
        Path file = tokens("bus-", nodes);
        var environment = new HashMap<>(cluster());
        Path key = data.resolve("controller").resolve("cluster.key");
        if (Files.exists(key)) {
            environment.put("AIWM_CLUSTER_KEY_FILE", key.toString());
        }
        workers.add(start(
                "bus.log",
                environment,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                "target/test-classes:target/aiwm.jar",
                BusNodes.class.getName(),
                data.resolve("nodes").toString(),
                file.toString()));
        for (int i = 0; i < nodes; i++) {
            untilIdle("bus-" + i);
        }
    }

    private Path tokens(String prefix, int nodes) throws Exception {
        var tokens = new StringBuilder();
        for (int i = 0; i < nodes; i++) {
            String id = prefix + i;
            tokens.append(id).append(' ').append(nodeToken(id)).append('\n');
        }
        return Files.writeString(data.resolve("tokens"), tokens);
    }

    private void untilIdle(String id) throws Exception {
        until("worker", () -> {
            String status = api.call(HttpMethod.GET, "/api/nodes/" + id, null).getString("status");
            if (!status.equals("IDLE")) {
                throw new IllegalStateException(id + " is " + status);
            }
        });
    }

    /** Nodes that say at once that every command succeeded. */
    void startHollow(int nodes) throws Exception {
        startHollow("hollow-", nodes);
    }

    /** The same under other names, in a process of their own. */
    Process startHollow(String prefix, int nodes) throws Exception {
        Path file = tokens(prefix, nodes);
        long began = System.nanoTime();
        long server = Usage.cpuMillis(controller.pid());
        Process hollow = start(
                prefix + "log",
                Map.of(),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                "target/aiwm.jar",
                "io.aiwm.worker.hollow.HollowNodes",
                "--url",
                "ws://127.0.0.1:" + port + "/ws/node",
                "--tokens",
                file.toString());
        workers.add(hollow);
        until("nodes", () -> {
            if (!Files.readString(data.resolve(prefix + "log")).contains("\"ready\"")) {
                throw new IllegalStateException("not all nodes have registered");
            }
        });
        print(new JsonObject()
                .put("mode", "register")
                .put("nodes", nodes)
                .put("wall_s", round((System.nanoTime() - began) / 1e9))
                .put("server_cpu_ms_per_op", round((double) (Usage.cpuMillis(controller.pid()) - server) / nodes))
                .put("server_rss_mb", serverRss()));
        return hollow;
    }

    /** A real worker, with what else its environment says. */
    Process startWorker(String id, Map<String, String> environment) throws Exception {
        var all = new HashMap<>(environment);
        all.put("AIWM_JAVA_OPTS", ""); // a profiler is the controller's
        all.put("CONTROLLER_URL", "ws://127.0.0.1:" + port + "/ws/node");
        all.put("NODE_ID", id);
        all.put("NODE_TOKEN", nodeToken(id));
        Process worker = start(id + ".log", all, "bin/aiwm", "worker", "--data-dir", data.resolve(id) + "/worker");
        workers.add(worker);
        untilIdle(id);
        return worker;
    }

    private String nodeToken(String id) throws Exception {
        api.call(HttpMethod.POST, "/api/nodes", new JsonObject().put("id", id).put("name", id));
        return api.call(HttpMethod.POST, "/api/nodes/" + id + "/token", new JsonObject())
                .getString("token");
    }

    /** See {@link Load}. */
    void measure(String mode, int inFlight, int total, String path, JsonObject body, Predicate<JsonObject> good)
            throws Exception {
        new Load(this, total, path, body.toBuffer(), good).measure(mode, inFlight);
    }

    /** Sends a request that is answered when what it asks for has ended. */
    Future<HttpClientResponse> post(String path, Buffer body) {
        return api.client
                .request(HttpMethod.POST, port, "127.0.0.1", path)
                .compose(request -> request.putHeader("Authorization", "Bearer " + api.token)
                        .putHeader("Content-Type", "application/json")
                        .putHeader("Prefer", "wait=120")
                        .send(body));
    }

    /** Speaks to the controller, from any thread. */
    AiwmClient api() {
        return new AiwmClient(port, PASSWORD);
    }

    /** Ends a process of this bench, as a machine ends whose power fails. */
    void kill(Process process) throws InterruptedException {
        workers.remove(process);
        process.destroyForcibly().waitFor();
    }

    int port() {
        return port;
    }

    long controllerPid() {
        return controller.pid();
    }

    /** In MiB. */
    long serverRss() throws IOException {
        return Usage.rss(controller.pid());
    }

    /** What the processes have used so far. */
    Usage usage() throws IOException {
        return Usage.now(controller.pid(), workers.stream().map(Process::pid).toList());
    }

    private Process start(String log, Map<String, String> environment, String... command) throws IOException {
        var builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(data.resolve(log).toFile());
        builder.environment().put("PORT", String.valueOf(port));
        builder.environment().put("AIWM_ADMIN_PASSWORD", PASSWORD);
        builder.environment().put("AIWM_CLUSTER_NAME", "bench-" + port);
        builder.environment().put("AIWM_CLUSTER_ENABLED", "false");
        builder.environment().putAll(environment);
        return builder.start();
    }

    private void until(String what, Check check) throws Exception {
        long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            try {
                check.run();
                return;
            } catch (Exception cause) {
                if (System.nanoTime() > limit) {
                    throw new IllegalStateException(what + " did not come up; see the logs in " + data, cause);
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
    }

    private void stop() {
        workers.forEach(Process::destroy);
        if (controller != null) {
            controller.destroy();
        }
    }

    @Override
    public void close() {
        stop();
        vertx.close().await();
    }

    static void print(JsonObject figures) {
        var line = new JsonObject().put("peer", "aiwm");
        figures.forEach(each -> line.put(each.getKey(), each.getValue()));
        System.out.println(line.encode());
    }

    static double round(double value) {
        return Double.parseDouble(String.format(Locale.ROOT, "%.3f", value));
    }

    /** A body of steps, for {@code POST /api/executions}. */
    static JsonObject execution(JsonObject... steps) {
        return new JsonObject().put("name", "bench").put("start", true).put("steps", new JsonArray(List.of(steps)));
    }
}
