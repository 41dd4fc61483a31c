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
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * How fast a page shows its lists, and what it does while much changes: 1,000 hollow nodes and 10,000 jobs that have ended in a real
 * Chromium. First the time from the data to the first rows and the long tasks while 2,000 jobs run, then the long tasks while jobs
 * make more than 1,000 events a second, then the heap, minute by minute, with 50 more jobs each
 * second, while one goes from page to page. {@code bench/run page --minutes 10} starts it; {@code --quick}: a tenth of the fleet;
 * {@code --events}: not the heap.
 */
public final class PageBench {
    private static final String PASSWORD = "a-password-for-the-bench";
    private static final List<String> PAGES =
            List.of("overview", "nodes", "deployments", "executions", "jobs", "events");
    private static final int STEPS = 6;
    private static final int STORM_SECONDS = 120;
    private static final List<String> EVENT_PAGES = List.of("events", "jobs", "overview");
    private static final int EVENT_SECONDS = 20;
    /** Tasks of one array, which is made each second; each has three events. */
    private static final int WAVE = 400;

    /** When the data of a list was there, and every long task. */
    private static final String WATCH = """
            window.marks = {}; window.longTasks = []; window.heard = {messages: 0, items: 0, bytes: 0};
            const Plain = WebSocket;
            window.WebSocket = class extends Plain {
              constructor(...all) {
                super(...all);
                this.addEventListener('message', message => {
                  heard.messages++;
                  heard.bytes += message.data.length;
                  heard.items += (message.data.match(/"id":/g) ?? []).length;
                });
              }
            };
            // the page of events reads a stream of lines, the others hear messages
            const read = ReadableStreamDefaultReader.prototype.read;
            ReadableStreamDefaultReader.prototype.read = async function (...all) {
              const piece = await read.apply(this, all);
              if (typeof piece.value === 'string') {
                heard.bytes += piece.value.length;
                heard.items += piece.value.split('\\n').length - 1;
              }
              return piece;
            };
            const asked = fetch;
            window.fetch = async (...all) => {
              const answer = await asked(...all);
              const kind = /^\\/api\\/(nodes|jobs)\\?/.exec(String(all[0]))?.[1];
              if (kind) {
                const read = answer.json.bind(answer);
                answer.json = async () => { const value = await read(); marks[kind] ??= performance.now(); return value; };
              }
              return answer;
            };
            new PerformanceObserver(all => all.getEntries().forEach(one => longTasks.push(Math.round(one.duration))))
              .observe({entryTypes: ['longtask']});
            """;

    /** Milliseconds from the later of going there and having the data to the first row. */
    private static final String FIRST_ROWS = """
            (async kind => {
              const went = performance.now();
              location.hash = '#/' + kind;
              for (;;) {
                if (document.querySelector('main h1')?.textContent.toLowerCase() === kind
                  && document.querySelector('.list tbody tr[data-id]')) return performance.now() - Math.max(marks[kind] ?? 0, went);
                await new Promise(requestAnimationFrame);
              }
            })""";

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
                        // every event is told by itself, so that there are 1,000 a second
                        .with("AIWM_EVENTS_ROUTINE_PER_SECOND", 1_000_000)
                        .startAndWait();
                var browser = new Browser(vertx, Files.createDirectory(folder.resolve("profile")), 1440, 900)) {
            var client = new AiwmClient(controller.port(), PASSWORD);
            try (var fleet = new HollowFleet(client)) {
                fleet.connect("node", 1_000 / share, port, 20);
                for (var submitter : fleet.submit(10_000 / share, 0.01)) {
                    submitter.get();
                }
                var bench = new PageBench(client, browser);
                bench.open(port);
                bench.speed(10_000 / share / 5);
                bench.events();
                if (!given.contains("--events")) {
                    bench.heap(minutes, controller.pid());
                }
            }
        } finally {
            vertx.close().await();
        }
    }

    private void open(int port) {
        browser.first(WATCH);
        browser.open(URI.create("http://127.0.0.1:" + port + "/"));
        browser.type("input[name=password]", PASSWORD);
        browser.click("#signin button");
        browser.until("document.querySelector('.wall canvas')");
    }

    /** @param storm so many tasks of an array, each of which changes several times */
    private void speed(int storm) {
        double nodes = firstRows("nodes");
        double jobs = firstRows("jobs");
        browser.eval("longTasks.length = 0");
        long began = System.nanoTime();
        String id = client.expect(
                        201, client.post("/api/jobs", job().put("name", "storm").put("count", storm)))
                .getString("id");
        client.getWhenEnded("/api/jobs/" + id, STORM_SECONDS);
        double seconds = (System.nanoTime() - began) / 1e9;
        Rig.print(new JsonObject()
                .put("mode", "page-speed")
                .put("nodes_list_ms", nodes)
                .put("jobs_list_ms", jobs)
                .put("storm_jobs", storm)
                .put("storm_s", Rig.round(seconds))
                .put("long_tasks", browser.eval("longTasks.length"))
                .put("longest_ms", browser.eval("Math.max(0, ...longTasks)")));
    }

    /** What each of some pages does while events come. */
    private void events() throws Exception {
        var maker = Executors.newSingleThreadScheduledExecutor();
        maker.scheduleAtFixedRate(this::wave, 0, 1, TimeUnit.SECONDS);
        try {
            for (String page : EVENT_PAGES) {
                browser.eval("location.hash = '#/" + page + "'");
                TimeUnit.SECONDS.sleep(2); // what the page reads at first is not counted
                browser.eval("longTasks.length = 0; Object.keys(heard).forEach(key => heard[key] = 0)");
                long revision = revision();
                long began = System.nanoTime();
                TimeUnit.SECONDS.sleep(EVENT_SECONDS);
                double seconds = (System.nanoTime() - began) / 1e9;
                Rig.print(new JsonObject()
                        .put("mode", "page-events")
                        .put("page", page)
                        .put("events_per_s", Rig.round((revision() - revision) / seconds))
                        .put("messages_per_s", Rig.round(number("heard.messages") / seconds))
                        .put("items_per_s", Rig.round(number("heard.items") / seconds))
                        .put("kb_per_s", Rig.round(number("heard.bytes") / seconds / 1_000))
                        .put("long_tasks", browser.eval("longTasks.length"))
                        .put("over_100_ms", browser.eval("longTasks.filter(one => one > 100).length"))
                        .put("longest_ms", browser.eval("Math.max(0, ...longTasks)")));
            }
        } finally {
            maker.shutdown();
            maker.awaitTermination(STORM_SECONDS, TimeUnit.SECONDS);
        }
    }

    private double number(String script) {
        return ((Number) browser.eval(script)).doubleValue();
    }

    private long revision() {
        return client.expect(200, client.get("/api/events?pageSize=1")).getLong("revision");
    }

    private void wave() {
        client.expect(201, client.post("/api/jobs", job().put("name", "wave").put("count", WAVE)));
    }

    private double firstRows(String kind) {
        return Rig.round(((Number) browser.eval(FIRST_ROWS + "('" + kind + "')")).doubleValue());
    }

    private void heap(int minutes, long pid) throws Exception {
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

    private static JsonObject job() {
        return new JsonObject()
                .put("name", "bench")
                .put("image", "hollow")
                .put("requirements", new JsonObject().put("cpu", 0.01).put("labelSelector", "hollow=true"));
    }

    private void load() {
        while (!over) {
            client.expect(201, client.post("/api/jobs", job()));
            try {
                TimeUnit.MILLISECONDS.sleep(20);
            } catch (InterruptedException end) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
