package io.aiwm.bench;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmProcess;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The inference gateway with keys, limits and usage on, beside calling the engine directly and beside {@code @portkey-ai/gateway}
 * of npm, in one run: answers as a whole and streamed, 1, 64 and 500 in flight, streams of one chunk each 20 ms, and 1,000 streams that
 * are open and silent. But for the paced ones the engine answers at once. {@code bench/run gateway} starts it.
 *
 * <p>A stream that is {@code paced} makes its next chunk 20 ms after the last one has left, and the connections and the beginnings of
 * the calls are part of what is measured. One that is {@code fixed} makes each chunk at its moment, whatever became of the last one,
 * and is measured while all streams are under way: 20 ms is what the machine can do, 5 ms of 500 streams more than it can.
 */
public final class GatewayBench {
    private static final int[] IN_FLIGHT = {1, 64, 500};
    private static final int CHUNKS = 50;
    /** Between two chunks, about as quick as an engine on a large GPU. */
    private static final int PACE_MILLIS = 20;

    /** With which the machine has no processor time left. */
    private static final int SATURATING_MILLIS = 5;

    private static final int IDLE_STREAMS = 1_000;

    private final Rig rig;
    private final boolean quick;
    private final long engine;
    private final Map<String, Target> targets = new LinkedHashMap<>();

    private record Target(int port, Map<String, String> headers, Long pid) {}

    private GatewayBench(Rig rig, long engine, boolean quick) {
        this.rig = rig;
        this.engine = engine;
        this.quick = quick;
    }

    public static void main(String[] args) throws Exception {
        Process engine = ModelBenchServer.start();
        Process portkey = null;
        try (var rig = new Rig()) {
            int port = ModelBenchServer.port(engine);
            rig.startController(Map.of("AIWM_INFERENCE_INTERNAL_ENDPOINTS", "true"));
            var bench = new GatewayBench(rig, engine.pid(), Arrays.asList(args).contains("--quick"));
            bench.targets.put("direct", new Target(port, json(Map.of()), null));
            bench.targets.put("aiwm", bench.aiwm(port));
            if (!Arrays.asList(args).contains("--alone")) {
                int other = AiwmProcess.freePort();
                portkey = portkey(rig.data, other);
                bench.targets.put("portkey", new Target(other, json(portkeyHeaders(port)), portkey.pid()));
            }
            if (!Arrays.asList(args).contains("--fixed")) {
                bench.measure();
            }
            bench.fixed();
        } finally {
            engine.destroy();
            if (portkey != null) {
                portkey.destroy();
            }
        }
    }

    private static Map<String, String> json(Map<String, String> more) {
        var all = new LinkedHashMap<String, String>(more);
        all.put("Content-Type", "application/json");
        return all;
    }

    private static Map<String, String> portkeyHeaders(int engine) {
        return Map.of(
                "Authorization", "Bearer none",
                "x-portkey-provider", "openai",
                "x-portkey-custom-host", "http://127.0.0.1:" + engine + "/v1");
    }

    /** An endpoint, and a key with every kind of limit, none of which is reached. */
    private Target aiwm(int engine) {
        AiwmClient api = rig.api();
        api.put(
                "/api/inference/endpoints/bench",
                new JsonObject().put("baseUrl", "http://127.0.0.1:" + engine + "/v1"));
        var limits = new JsonObject()
                .put("requestsPerMinute", 100_000_000)
                .put("tokensPerMinute", 10_000_000_000L)
                .put("concurrent", 10_000)
                .put(
                        "budget",
                        new JsonObject().put("tokens", 1_000_000_000_000L).put("period", "MONTH"));
        JsonObject key = api.expect(
                201,
                api.post(
                        "/api/api-keys",
                        new JsonObject()
                                .put("name", "bench")
                                .put("role", "VIEWER")
                                .put("scope", "inference")
                                .put("limits", limits)));
        return new Target(
                rig.port(), json(Map.of("Authorization", "Bearer " + key.getString("key"))), rig.controllerPid());
    }

    private static Process portkey(Path data, int port) throws Exception {
        Path home = Files.createDirectories(data.resolve("portkey"));
        run(home, "npm", "init", "-y");
        run(home, "npm", "install", "--no-audit", "--no-fund", "@portkey-ai/gateway@1.15.2");
        Process started = new ProcessBuilder(
                        "node",
                        "node_modules/@portkey-ai/gateway/build/start-server.js",
                        "--port=" + port,
                        "--headless")
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("log").toFile())
                .start();
        long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!Files.readString(home.resolve("log")).contains("Ready for connections")) {
            if (System.nanoTime() > limit) {
                throw new IllegalStateException("portkey did not start; see " + home);
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        return started;
    }

    private static void run(Path folder, String... command) throws Exception {
        int code = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("npm.log").toFile())
                .start()
                .waitFor();
        if (code != 0) {
            throw new IllegalStateException(String.join(" ", command) + " failed; see " + folder.resolve("npm.log"));
        }
    }

    private void measure() throws Exception {
        for (boolean streamed : new boolean[] {false, true}) {
            for (String who : targets.keySet()) {
                // warms all of them, and is not printed
                load(who, body(streamed, CHUNKS, 0), 64, total(who, streamed, 64));
            }
            for (int inFlight : IN_FLIGHT) {
                for (String who : targets.keySet()) {
                    JsonObject body = body(streamed, CHUNKS, 0);
                    print(
                            who,
                            streamed ? "gateway-streamed" : "gateway",
                            load(who, body, inFlight, total(who, streamed, inFlight)));
                }
            }
        }
        for (int inFlight : new int[] {64, 500}) {
            for (String who : targets.keySet()) {
                print(who, "gateway-paced", load(who, body(true, CHUNKS, PACE_MILLIS), inFlight, 2 * inFlight));
            }
        }
        idle("aiwm");
        if (targets.containsKey("portkey")) {
            idle("portkey");
        }
    }

    private void fixed() throws Exception {
        // warms both, and is not printed
        for (String who : List.of("direct", "aiwm", "direct", "aiwm")) {
            fixed(who, 500, PACE_MILLIS);
        }
        for (int streams : IN_FLIGHT) {
            for (String who : List.of("direct", "aiwm", "direct", "aiwm")) {
                print(who, "gateway-fixed", fixed(who, streams, PACE_MILLIS));
            }
        }
        for (String who : List.of("direct", "aiwm", "direct", "aiwm")) {
            print(who, "gateway-saturated", fixed(who, 500, SATURATING_MILLIS));
        }
    }

    private JsonObject fixed(String who, int streams, int pace) throws Exception {
        Target target = targets.get(who);
        JsonObject body = body(true, 1_000_000, pace).put("fixed", true);
        return new PacedLoad(rig, streams, pace, quick ? 3 : 8)
                .run(target.port(), target.headers(), body, () -> Usage.now(rig.controllerPid(), List.of(engine)));
    }

    private int total(String who, boolean streamed, int inFlight) {
        int all = inFlight == 1 ? 4_000 : 40_000;
        if (who.equals("portkey")) {
            all /= 4;
        }
        all = streamed ? all / 4 : all;
        return quick ? all / 4 : all;
    }

    private JsonObject load(String who, JsonObject body, int inFlight, int total) throws Exception {
        Target target = targets.get(who);
        long gateway = target.pid() == null ? rig.controllerPid() : target.pid();
        Usage before = Usage.now(gateway, List.of(engine));
        JsonObject figures = new CallLoad(rig.vertx, target.port(), target.headers(), body, inFlight, total)
                .run(rig.vertx, inFlight);
        Usage after = Usage.now(gateway, List.of(engine));
        if (target.pid() != null) {
            figures.put("gateway_cpu_ms_per_op", Rig.round((double) (after.server() - before.server()) / total))
                    .put("gateway_rss_mb", Usage.rss(target.pid()));
        }
        return before.putCores(figures, after);
    }

    private static JsonObject body(boolean streamed, int chunks, int pace) {
        var message = new JsonObject().put("role", "user").put("content", "Say something of about twenty tokens.");
        return new JsonObject()
                .put("model", "bench")
                .put("messages", new JsonArray().add(message))
                .put("max_tokens", chunks)
                .put("pace_ms", pace)
                .put("stream", streamed);
    }

    private static void print(String who, String mode, JsonObject figures) {
        var line = new JsonObject().put("peer", who).put("mode", mode);
        figures.forEach(each -> line.put(each.getKey(), each.getValue()));
        System.out.println(line.encode());
    }

    /** What streams cost that say nothing for a minute after their first chunk. */
    private void idle(String who) throws Exception {
        Target target = targets.get(who);
        HttpClient client = rig.vertx.createHttpClient(
                new HttpClientOptions(),
                new PoolOptions().setHttp1MaxSize(IDLE_STREAMS).setMaxWaitQueueSize(-1));
        long before = Usage.rss(target.pid());
        var open = new AtomicInteger();
        List<String> headers = List.copyOf(target.headers().keySet());
        rig.vertx.runOnContext(start -> {
            for (int i = 0; i < IDLE_STREAMS; i++) {
                client.request(HttpMethod.POST, target.port(), "127.0.0.1", "/v1/chat/completions")
                        .compose(request -> {
                            headers.forEach(name ->
                                    request.putHeader(name, target.headers().get(name)));
                            return request.send(body(true, 2, 60_000).toBuffer());
                        })
                        .onSuccess(answer -> {
                            var seen = new AtomicInteger();
                            answer.handler(piece -> {
                                if (seen.getAndIncrement() == 0) {
                                    open.incrementAndGet();
                                }
                            });
                        })
                        .onFailure(cause -> System.err.println(cause.getMessage()));
            }
        });
        long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (open.get() < IDLE_STREAMS && System.nanoTime() < limit) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
        System.out.println(new JsonObject()
                .put("peer", who)
                .put("mode", "gateway-idle-streams")
                .put("open", open.get())
                .put("rss_before_mb", before)
                .put("rss_mb", Usage.rss(target.pid()))
                .encode());
        client.close().await();
    }
}
