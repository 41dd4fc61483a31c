package io.aiwm.bench;

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
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Executions of three sequential steps per second, over REST, on hollow nodes that speak the real WebSocket protocol:
 * controller, nodes and driver each in a JVM of their own, SQLite with full sync. Prints one JSON line per measurement, in
 * the shape of the peers' benches. {@code bench/run} starts it.
 */
public final class ExecutionBench {
    private static final String PASSWORD = "bench-password-0";
    private static final int NODES = 20;

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client = vertx.createHttpClient(
            new HttpClientOptions().setKeepAliveTimeout(300),
            new PoolOptions().setHttp1MaxSize(1_000).setMaxWaitQueueSize(-1));
    private final Path data;
    private final int port;
    private Process controller;
    private Process hollow;
    private String token;

    private ExecutionBench(Path data, int port) {
        this.data = data;
        this.port = port;
    }

    public static void main(String[] args) throws Exception {
        boolean quick = Arrays.asList(args).contains("--quick");
        Path data = Files.createTempDirectory("aiwm-bench");
        var bench = new ExecutionBench(data, freePort());
        Runtime.getRuntime().addShutdownHook(new Thread(bench::stop));
        try {
            bench.startAll();
            // warm until the JIT has settled: what is measured is a controller that has run for a while
            bench.measure("sqlite-full-warmup", 200, quick ? 8_000 : 20_000);
            bench.measure("sqlite-full", 1, quick ? 500 : 2_000);
            bench.measure("sqlite-full", 200, quick ? 10_000 : 30_000);
            bench.measure("sqlite-full", 1_000, quick ? 10_000 : 30_000);
        } finally {
            bench.stop();
            bench.vertx.close().await();
        }
    }

    private void startAll() throws Exception {
        long began = System.nanoTime();
        // as its users start it; AIWM_JAVA_OPTS reaches it, for a profiler
        controller = start("controller.log", "bin/aiwm", "controller", "--data-dir", data + "/controller");
        until("controller", () -> call(HttpMethod.GET, "/api/health/ready", null));
        double readySeconds = (System.nanoTime() - began) / 1e9;
        token = call(
                        HttpMethod.POST,
                        "/api/auth/login",
                        new JsonObject().put("username", "admin").put("password", PASSWORD))
                .getString("accessToken");
        System.out.println(new JsonObject()
                .put("peer", "aiwm")
                .put("mode", "start")
                .put("ready_s", round(readySeconds))
                .put("server_rss_mb", rss(controller))
                .encode());
        var tokens = new StringBuilder();
        for (int i = 0; i < NODES; i++) {
            String id = "hollow-" + i;
            call(
                    HttpMethod.POST,
                    "/api/nodes",
                    new JsonObject().put("id", id).put("name", id).put("role", "cpu"));
            tokens.append(id)
                    .append(' ')
                    .append(call(HttpMethod.POST, "/api/nodes/" + id + "/token", new JsonObject())
                            .getString("token"))
                    .append('\n');
        }
        Path file = Files.writeString(data.resolve("tokens"), tokens);
        hollow = start(
                "hollow.log",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                "target/aiwm.jar",
                "io.aiwm.worker.hollow.HollowNodes",
                "--url",
                "ws://127.0.0.1:" + port + "/ws/node",
                "--tokens",
                file.toString());
        until("nodes", () -> {
            JsonArray nodes = call(HttpMethod.GET, "/api/nodes?status=IDLE&pageSize=100", null)
                    .getJsonArray("items");
            if (nodes.size() < NODES) {
                throw new IllegalStateException(nodes.size() + " of " + NODES + " nodes are up");
            }
        });
    }

    private void measure(String mode, int inFlight, int total) throws Exception {
        var run = new Run(total);
        long server = cpuMillis(controller);
        long nodes = cpuMillis(hollow);
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
        server = cpuMillis(controller) - server;
        nodes = cpuMillis(hollow) - nodes;
        driver = cpuMillis(ProcessHandle.current().pid()) - driver;
        busy = busyMillis() - busy;
        Arrays.sort(run.nanos);
        System.out.println(new JsonObject()
                .put("peer", "aiwm")
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
                .put("server_rss_mb", rss(controller))
                .put("driver_rss_mb", rss(ProcessHandle.current().pid()))
                .encode());
    }

    /** One measurement: everything on one event loop, so plain fields do. */
    private static final class Run {
        final Promise<Void> done = Promise.promise();
        final long[] nanos;
        int started;
        int finished;
        int completed;
        int errors;

        Run(int total) {
            nanos = new long[total];
        }
    }

    private static final Buffer BODY = new JsonObject()
            .put("name", "bench")
            .put("start", true)
            .put("steps", new JsonArray().add(step(null)).add(step(0)).add(step(1)))
            .toBuffer();

    private static JsonObject step(Integer after) {
        var step = new JsonObject().put("command", "system.healthCheck");
        return after == null ? step : step.put("dependsOn", new JsonArray().add(after));
    }

    private void next(Run run) {
        if (run.started == run.nanos.length) {
            return;
        }
        run.started++;
        long began = System.nanoTime();
        client.request(HttpMethod.POST, port, "127.0.0.1", "/api/executions")
                .compose(request -> request.putHeader("Authorization", "Bearer " + token)
                        .putHeader("Content-Type", "application/json")
                        .putHeader("Prefer", "wait=120")
                        .send(BODY))
                .compose(answer -> answer.body().map(body -> {
                    if (answer.statusCode() != 201
                            || !body.toJsonObject().getString("status").equals("COMPLETED")) {
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

    private Process start(String log, String... command) throws IOException {
        var builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(data.resolve(log).toFile());
        builder.environment().put("PORT", String.valueOf(port));
        builder.environment().put("AIWM_ADMIN_PASSWORD", PASSWORD);
        builder.environment().put("AIWM_CLUSTER_ENABLED", "false");
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
        for (Process process : new Process[] {hollow, controller}) {
            if (process != null && process.isAlive()) {
                process.destroy();
            }
        }
    }

    private static long cpuMillis(Process process) throws IOException {
        return cpuMillis(process.pid());
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

    private static long rss(Process process) throws IOException {
        return rss(process.pid());
    }

    private static long rss(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc", String.valueOf(pid), "status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                .findFirst()
                .orElse(0);
    }

    private static double round(double value) {
        return Double.parseDouble(String.format(Locale.ROOT, "%.3f", value));
    }

    private static int freePort() throws IOException {
        try (var socket = new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
