package io.aiwm.bench;

import io.aiwm.testing.AiwmClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What 500 open browsers cost one controller: 1,000 hollow nodes, 50 jobs a second, and a node that is changed once a second, first with
 * nobody looking, then with the browsers ({@link BrowserProcess}) on five pages. {@code bench/run browsers} starts it.
 */
public final class BrowserBench {
    private static final String PAGES = "overview,nodes,deployments,executions,jobs";
    /** A user may have 100 sockets. */
    private static final int BROWSERS_OF_ONE = 50;

    private static final String PASSWORD = "a password of the bench";
    private static final int JOBS_PER_SECOND = 50;

    private final Rig rig;
    private final AiwmClient api;
    private volatile boolean over;

    private BrowserBench(Rig rig) {
        this.rig = rig;
        this.api = rig.api();
    }

    public static void main(String[] args) throws Exception {
        boolean quick = Arrays.asList(args).contains("--quick");
        try (var rig = new Rig()) {
            rig.startController();
            rig.startHollow(quick ? 100 : 1_000);
            new BrowserBench(rig).measure(quick ? 50 : 500, quick ? 10 : 60);
        }
    }

    private void measure(int browsers, int seconds) throws Exception {
        api.expect(201, api.post("/api/nodes", new JsonObject().put("id", BrowserProcess.PROBE)));
        List<String> tokens = tokens(browsers / BROWSERS_OF_ONE);
        var changes = List.of(new Thread(this::jobs), new Thread(this::probe));
        changes.forEach(Thread::start);
        TimeUnit.SECONDS.sleep(seconds / 4);
        long began = Usage.cpuMillis(rig.controllerPid());
        TimeUnit.SECONDS.sleep(seconds);
        double alone = (Usage.cpuMillis(rig.controllerPid()) - began) / 1e3 / seconds;
        long rss = rig.serverRss();
        Process process = start(browsers, seconds, tokens);
        try (var said = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            line(said, "listening");
            began = Usage.cpuMillis(rig.controllerPid());
            JsonObject heard = line(said, "messages_per_s");
            double cores = (Usage.cpuMillis(rig.controllerPid()) - began) / 1e3 / seconds;
            var line = new JsonObject()
                    .put("mode", "browsers")
                    .put("browsers", browsers)
                    .put("jobs_per_s", JOBS_PER_SECOND)
                    .put("server_cores_alone", Rig.round(alone))
                    .put("server_cores", Rig.round(cores))
                    .put("server_rss_alone_mb", rss)
                    .put("server_rss_mb", rig.serverRss());
            heard.forEach(each -> line.put(each.getKey(), each.getValue()));
            Rig.print(line);
        } finally {
            over = true;
            process.destroy();
        }
        for (Thread each : changes) {
            each.join();
        }
    }

    /** Passes over what a logger says. */
    private static JsonObject line(BufferedReader said, String field) throws IOException {
        for (String line = said.readLine(); line != null; line = said.readLine()) {
            if (line.startsWith("{\"" + field)) {
                return new JsonObject(line);
            }
        }
        throw new IOException("the browsers have ended; see browsers.log");
    }

    private List<String> tokens(int users) {
        var tokens = new ArrayList<String>();
        for (int i = 0; i < Math.max(1, users); i++) {
            String name = "browser-" + i;
            api.expect(
                    201,
                    api.post(
                            "/api/users",
                            new JsonObject()
                                    .put("username", name)
                                    .put("password", PASSWORD)
                                    .put("role", "VIEWER")));
            tokens.add(api.as(name, PASSWORD).token());
        }
        return tokens;
    }

    private Process start(int browsers, int seconds, List<String> tokens) throws Exception {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                BrowserProcess.class.getName(),
                Integer.toString(rig.port()),
                Integer.toString(browsers),
                Integer.toString(seconds),
                PAGES));
        command.addAll(tokens);
        return new ProcessBuilder(command)
                .redirectError(rig.data.resolve("browsers.log").toFile())
                .start();
    }

    private void jobs() {
        var job = new JsonObject()
                .put("name", "bench")
                .put("image", "hollow")
                .put("command", new JsonArray().add("true"))
                .put("requirements", new JsonObject().put("cpu", 0.1).put("memoryBytes", 64 << 20));
        every(1_000_000_000L / JOBS_PER_SECOND, () -> api.expect(201, api.post("/api/jobs", job)));
    }

    private void probe() {
        AiwmClient own = rig.api();
        every(
                1_000_000_000L,
                () -> own.expect(
                        200,
                        own.patch(
                                "/api/nodes/" + BrowserProcess.PROBE,
                                new JsonObject().put("zone", "z" + System.currentTimeMillis()))));
    }

    /** At a steady pace: who is late is not late for good. */
    private void every(long nanos, Runnable work) {
        long next = System.nanoTime();
        while (!over) {
            work.run();
            next += nanos;
            try {
                TimeUnit.NANOSECONDS.sleep(Math.max(0, next - System.nanoTime()));
            } catch (InterruptedException end) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
