package io.aiwm.bench;

import io.aiwm.controller.http.Browser;
import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmProcess;
import io.aiwm.testing.HollowFleet;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The heap of an open page, minute by minute: 1,000 hollow nodes, 10,000 jobs that have ended, and 50 more each second, while a real
 * Chromium goes from page to page. {@code bench/run page --minutes 10} starts it; {@code --quick}: a tenth of the fleet.
 */
public final class PageBench {
    private static final String PASSWORD = "a-password-for-the-bench";
    private static final List<String> PAGES =
            List.of("overview", "nodes", "deployments", "executions", "jobs", "events");
    private static final int STEPS = 6;

    private final AiwmClient client;
    private final Browser browser;
    private volatile boolean over;

    private PageBench(AiwmClient client, Browser browser) {
        this.client = client;
        this.browser = browser;
    }

    public static void main(String[] args) throws Exception {
        List<String> given = Arrays.asList(args);
        int at = given.indexOf("--minutes");
        int minutes = at < 0 ? 10 : Integer.parseInt(given.get(at + 1));
        int share = given.contains("--quick") ? 10 : 1;
        int port = AiwmProcess.freePort();
        var vertx = Vertx.vertx();
        Path folder = Files.createTempDirectory("aiwm-page-bench");
        try (var controller = AiwmProcess.of("controller", folder.resolve("controller"))
                        .with("PORT", port)
                        .with("AIWM_CLUSTER_ENABLED", "false")
                        .with("AIWM_ADMIN_PASSWORD", PASSWORD)
                        .startAndWait();
                var browser = new Browser(vertx, Files.createDirectory(folder.resolve("profile")), 1440, 900)) {
            var client = new AiwmClient(controller.port(), PASSWORD);
            try (var fleet = new HollowFleet(client)) {
                fleet.connect("node", 1_000 / share, port, 20);
                for (var submitter : fleet.submit(10_000 / share, 0.01)) {
                    submitter.get();
                }
                new PageBench(client, browser).measure(port, minutes, controller.pid());
            }
        } finally {
            vertx.close().await();
        }
    }

    private void measure(int port, int minutes, long pid) throws Exception {
        browser.open(URI.create("http://127.0.0.1:" + port + "/"));
        browser.type("input[name=password]", PASSWORD);
        browser.click("#signin button");
        browser.until("document.querySelector('main h1')");
        var load = new Thread(this::load);
        load.start();
        var heap = new JsonArray();
        try {
            for (int minute = 0; minute <= minutes; minute++) {
                double megabytes = Rig.round(browser.heapBytes() / 1e6);
                heap.add(megabytes);
                Rig.print(new JsonObject()
                        .put("mode", "page-heap")
                        .put("minute", minute)
                        .put("heap_mb", megabytes)
                        .put("nodes_in_document", browser.eval("document.getElementsByTagName('*').length"))
                        .put("server_rss_mb", Usage.rss(pid)));
                for (int step = 0; minute < minutes && step < STEPS; step++) {
                    browser.eval("location.hash = '#/" + PAGES.get((minute * STEPS + step) % PAGES.size()) + "'");
                    TimeUnit.SECONDS.sleep(60 / STEPS);
                }
                // the same page at each measurement
                browser.eval("location.hash = '#/overview'");
                TimeUnit.SECONDS.sleep(1);
            }
        } finally {
            over = true;
            load.join();
        }
        Rig.print(new JsonObject()
                .put("mode", "page-heap-all")
                .put("minutes", minutes)
                .put("heap_mb", heap));
    }

    private void load() {
        var job = new JsonObject()
                .put("name", "bench")
                .put("image", "hollow")
                .put("requirements", new JsonObject().put("cpu", 0.01).put("labelSelector", "hollow=true"));
        while (!over) {
            client.expect(201, client.post("/api/jobs", job));
            try {
                TimeUnit.MILLISECONDS.sleep(20);
            } catch (InterruptedException end) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
