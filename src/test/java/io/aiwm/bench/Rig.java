package io.aiwm.bench;

import io.aiwm.testing.AiwmProcess;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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

    final Path data;
    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client = vertx.createHttpClient(
            new HttpClientOptions().setKeepAliveTimeout(300),
            new PoolOptions().setHttp1MaxSize(1_000).setMaxWaitQueueSize(-1));
    private final int port;
    private final int clusterPort = AiwmProcess.freePorts();
    private final List<Process> workers = Collections.synchronizedList(new ArrayList<>());
    private volatile Process controller;
    private String token;

    Rig() throws IOException {
        data = Files.createTempDirectory("aiwm-bench");
        port = AiwmProcess.freePort();
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

    private void startController(Map<String, String> environment) throws Exception {
        long began = System.nanoTime();
        // as its users start it; AIWM_JAVA_OPTS reaches it, for a profiler
        controller = start("controller.log", environment, "bin/aiwm", "controller", "--data-dir", data + "/controller");
        until("controller", () -> call(HttpMethod.GET, "/api/health/ready", null));
        double readySeconds = (System.nanoTime() - began) / 1e9;
        token = call(
                        HttpMethod.POST,
                        "/api/auth/login",
                        new JsonObject().put("username", "admin").put("password", PASSWORD))
                .getString("accessToken");
        print(new JsonObject()
                .put("mode", "start")
                .put("ready_s", round(readySeconds))
                .put("server_rss_mb", rss(controller.pid())));
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
            String status = call(HttpMethod.GET, "/api/nodes/" + id, null).getString("status");
            if (!status.equals("IDLE")) {
                throw new IllegalStateException(id + " is " + status);
            }
        });
    }

    /** Nodes that say at once that every command succeeded. */
    void startHollow(int nodes) throws Exception {
        Path file = tokens("hollow-", nodes);
        long began = System.nanoTime();
        long server = cpuMillis(controller.pid());
        workers.add(start(
                "hollow.log",
                Map.of(),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                "target/aiwm.jar",
                "io.aiwm.worker.hollow.HollowNodes",
                "--url",
                "ws://127.0.0.1:" + port + "/ws/node",
                "--tokens",
                file.toString()));
        until("nodes", () -> {
            if (!Files.readString(data.resolve("hollow.log")).contains("\"ready\"")) {
                throw new IllegalStateException("not all nodes have registered");
            }
        });
        print(new JsonObject()
                .put("mode", "register")
                .put("nodes", nodes)
                .put("wall_s", round((System.nanoTime() - began) / 1e9))
                .put("server_cpu_ms_per_op", round((double) (cpuMillis(controller.pid()) - server) / nodes))
                .put("server_rss_mb", rss(controller.pid())));
    }

    /** A real worker, with what else its environment says. */
    void startWorker(String id, Map<String, String> environment) throws Exception {
        var all = new HashMap<>(environment);
        all.put("AIWM_JAVA_OPTS", ""); // a profiler is the controller's
        all.put("CONTROLLER_URL", "ws://127.0.0.1:" + port + "/ws/node");
        all.put("NODE_ID", id);
        all.put("NODE_TOKEN", nodeToken(id));
        workers.add(start("worker.log", all, "bin/aiwm", "worker", "--data-dir", data + "/worker"));
        untilIdle(id);
    }

    private String nodeToken(String id) throws Exception {
        call(HttpMethod.POST, "/api/nodes", new JsonObject().put("id", id).put("name", id));
        return call(HttpMethod.POST, "/api/nodes/" + id + "/token", new JsonObject())
                .getString("token");
    }

    /** One measurement: everything on one event loop, so plain fields do. */
    private static final class Run {
        final Promise<Void> done = Promise.promise();
        final String path;
        final Buffer body;
        final Predicate<JsonObject> good;
        final long[] nanos;
        int started;
        int finished;
        int completed;
        int errors;

        Run(int total, String path, Buffer body, Predicate<JsonObject> good) {
            nanos = new long[total];
            this.path = path;
            this.body = body;
            this.good = good;
        }
    }

    /**
     * Posts the body again and again and waits for each to end.
     *
     * @param inFlight how many at any moment
     * @param good whether an answer is the one that was hoped for; else it counts as an error
     */
    void measure(String mode, int inFlight, int total, String path, JsonObject body, Predicate<JsonObject> good)
            throws Exception {
        var run = new Run(total, path, body.toBuffer(), good);
        long server = cpuMillis(controller.pid());
        long nodes = cpuMillisOfWorkers();
        long driver = cpuMillis(ProcessHandle.current().pid());
        long busy = busyMillis();
        long began = System.nanoTime();
        vertx.runOnContext(start -> {
            for (int i = 0; i < inFlight; i++) {
                next(run);
            }
        });
        run.done.future().await(10, TimeUnit.MINUTES);
        double wall = (System.nanoTime() - began) / 1e9;
        server = cpuMillis(controller.pid()) - server;
        nodes = cpuMillisOfWorkers() - nodes;
        driver = cpuMillis(ProcessHandle.current().pid()) - driver;
        busy = busyMillis() - busy;
        Arrays.sort(run.nanos);
        print(new JsonObject()
                .put("mode", mode)
                .put("conc", inFlight)
                .put("total", total)
                .put("done", run.completed)
                .put("errors", run.errors)
                .put("wall_s", round(wall))
                .put("per_s", round(total / wall))
                .put("p50_ms", round(run.nanos[total / 2] / 1e6))
                .put("p99_ms", round(run.nanos[(int) Math.ceil(total * 0.99) - 1] / 1e6))
                .put("max_ms", round(run.nanos[total - 1] / 1e6))
                .put("server_cpu_ms_per_op", round((double) server / total))
                .put("worker_cpu_ms_per_op", round((double) nodes / total))
                .put("driver_cpu_ms_per_op", round((double) driver / total))
                .put("other_busy_cores", round(Math.max(0, busy - server - nodes - driver) / 1e3 / wall))
                .put("server_rss_mb", rss(controller.pid()))
                .put("driver_rss_mb", rss(ProcessHandle.current().pid())));
    }

    private void next(Run run) {
        if (run.started == run.nanos.length) {
            return;
        }
        run.started++;
        long began = System.nanoTime();
        client.request(HttpMethod.POST, port, "127.0.0.1", run.path)
                .compose(request -> request.putHeader("Authorization", "Bearer " + token)
                        .putHeader("Content-Type", "application/json")
                        .putHeader("Prefer", "wait=120")
                        .send(run.body))
                .compose(answer -> answer.body().map(body -> {
                    if (answer.statusCode() != 201 || !run.good.test(body.toJsonObject())) {
                        throw new IllegalStateException(answer.statusCode() + " " + body);
                    }
                    return body;
                }))
                .onComplete(answer -> {
                    run.nanos[run.finished++] = System.nanoTime() - began;
                    if (answer.succeeded()) {
                        run.completed++;
                    } else if (run.errors++ < 3) {
                        System.err.println(answer.cause().getMessage());
                    }
                    if (run.finished == run.nanos.length) {
                        run.done.complete();
                    } else {
                        next(run);
                    }
                });
    }

    /** From the main thread: the call is made on an event loop, or its body could come before anyone listens to it. */
    private JsonObject call(HttpMethod method, String path, JsonObject body) throws Exception {
        Promise<JsonObject> answered = Promise.promise();
        vertx.runOnContext(loop -> ask(method, path, body).onComplete(answered));
        return answered.future().await(30, TimeUnit.SECONDS);
    }

    private Future<JsonObject> ask(HttpMethod method, String path, JsonObject body) {
        return client.request(method, port, "127.0.0.1", path)
                .compose(request -> {
                    if (token != null) {
                        request.putHeader("Authorization", "Bearer " + token);
                    }
                    request.putHeader("Content-Type", "application/json");
                    return body == null ? request.send() : request.send(body.toBuffer());
                })
                .compose(answer -> answer.body().map(text -> {
                    if (answer.statusCode() >= 300) {
                        throw new IllegalStateException(method + " " + path + ": " + answer.statusCode() + " " + text);
                    }
                    return text.length() == 0 ? new JsonObject() : text.toJsonObject();
                }));
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

    private interface Check {
        void run() throws Exception;
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

    private static void print(JsonObject figures) {
        var line = new JsonObject().put("peer", "aiwm");
        figures.forEach(each -> line.put(each.getKey(), each.getValue()));
        System.out.println(line.encode());
    }

    private long cpuMillisOfWorkers() throws IOException {
        long all = 0;
        for (Process worker : workers) {
            all += cpuMillis(worker.pid());
        }
        return all;
    }

    /** User and system time of a process, from /proc; one tick is 10 ms. */
    private static long cpuMillis(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc", String.valueOf(pid), "stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * 10;
    }

    private static long busyMillis() throws IOException {
        String[] fields =
                Files.readAllLines(Path.of("/proc/stat")).get(0).trim().split("\\s+");
        long ticks = 0;
        for (int i : new int[] {1, 2, 3, 6, 7}) {
            ticks += Long.parseLong(fields[i]);
        }
        return ticks * 10;
    }

    private static long rss(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc", String.valueOf(pid), "status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                .findFirst()
                .orElse(0);
    }

    static double round(double value) {
        return Double.parseDouble(String.format(Locale.ROOT, "%.3f", value));
    }

    /** A body of steps, for {@code POST /api/executions}. */
    static JsonObject execution(JsonObject... steps) {
        return new JsonObject().put("name", "bench").put("start", true).put("steps", new JsonArray(List.of(steps)));
    }
}
