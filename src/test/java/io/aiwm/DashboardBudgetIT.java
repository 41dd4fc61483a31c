package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.aiwm.controller.http.Browser;
import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmProcess;
import io.aiwm.testing.HollowFleet;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the page costs a reader of a large fleet: 1,000 nodes and 10,000 jobs unless {@code aiwm.page.nodes} and {@code aiwm.page.jobs}
 * say otherwise. Prints one line of JSON. The limits on times leave room for a busy machine; the size has none.
 */
@Timeout(600)
@Tag("alone")
class DashboardBudgetIT {
    private static final String PASSWORD = "a-password-for-tests";
    private static final int NODES = Integer.getInteger("aiwm.page.nodes", 1_000);
    private static final int JOBS = Integer.getInteger("aiwm.page.jobs", 10_000);
    private static final int MOST_JS_BYTES = 70_000;
    private static final int MOST_LIST_MILLIS = 1_500;

    /** So many tasks, each of which changes several times. */
    private static final JsonObject STORM = new JsonObject()
            .put("name", "storm")
            .put("image", "hollow")
            .put("count", JOBS / 5)
            .put("requirements", new JsonObject().put("cpu", 0.01).put("labelSelector", "hollow=true"));

    /** When the data of a list was there, and every long task. */
    private static final String WATCH = """
            window.marks = {}; window.longTasks = [];
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

    @TempDir
    Path folder;

    @TempDir
    Path profile;

    @Test
    void a_large_fleet_is_on_screen_at_once_and_a_storm_of_changes_does_not_stop_the_page() throws Exception {
        assumeTrue(Browser.chromium().isPresent(), "there is no Chromium on this machine");
        int port = AiwmProcess.freePort();
        var vertx = Vertx.vertx();
        try (var controller = AiwmProcess.of("controller", folder)
                        .with("PORT", port)
                        .with("AIWM_CLUSTER_ENABLED", "false")
                        .with("AIWM_ADMIN_PASSWORD", PASSWORD)
                        .startAndWait();
                var browser = new Browser(vertx, profile, 1440, 900)) {
            var client = new AiwmClient(port, PASSWORD);
            show(client, browser, port);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    private static void show(AiwmClient client, Browser browser, int port) throws Exception {
        try (var fleet = new HollowFleet(client)) {
            fleet.connect("node", NODES, port, 20);
            for (var submitter : fleet.submit(JOBS, 0.01)) {
                submitter.get();
            }
            browser.first(WATCH);
            browser.open(URI.create("http://127.0.0.1:" + port + "/"));
            browser.type("input[name=password]", PASSWORD);
            browser.click("#signin button");
            browser.until("document.querySelector('.wall canvas')");
            int bytes = initialScripts(browser);
            double nodes = firstRows(browser, "nodes");
            double jobs = firstRows(browser, "jobs");
            browser.eval("longTasks.length = 0");
            long began = System.nanoTime();
            var storm = client.expect(201, client.post("/api/jobs", STORM));
            client.getWhenEnded("/api/jobs/" + storm.getString("id"), 120);
            double seconds = (System.nanoTime() - began) / 1e9;
            var tasks = new JsonArray(String.valueOf(browser.eval("JSON.stringify(longTasks)")));
            int longest = tasks.stream()
                    .mapToInt(one -> ((Number) one).intValue())
                    .max()
                    .orElse(0);
            System.out.printf(
                    Locale.ROOT,
                    "{\"page\":\"budget\",\"nodes\":%d,\"jobs\":%d,\"initial_js_gzip_bytes\":%d,\"nodes_list_ms\":%.0f,"
                            + "\"jobs_list_ms\":%.0f,\"storm_jobs\":%d,\"storm_s\":%.1f,\"long_tasks\":%d,\"longest_ms\":%d,\"heap_mb\":%s}%n",
                    NODES,
                    JOBS,
                    bytes,
                    nodes,
                    jobs,
                    JOBS / 5,
                    seconds,
                    tasks.size(),
                    longest,
                    browser.eval("Math.round(performance.memory.usedJSHeapSize / 1e6)"));
            assertThat(bytes)
                    .as("gzipped scripts until the first page is there")
                    .isLessThan(MOST_JS_BYTES);
            assertThat(nodes).as("ms from the data to the rows").isLessThan(MOST_LIST_MILLIS);
            assertThat(jobs).as("ms from the data to the rows").isLessThan(MOST_LIST_MILLIS);
        }
    }

    private static double firstRows(Browser browser, String kind) {
        Object millis = browser.eval(
                "(async () => { location.hash = '#/" + kind + "'; for (;;) {"
                        + " if (document.querySelector('main h1')?.textContent.toLowerCase() === '" + kind
                        + "' && document.querySelector('.list tbody tr[data-id]')) return performance.now() - Math.max(marks."
                        + kind
                        + ", window.went ?? 0); window.went ??= performance.now(); await new Promise(requestAnimationFrame); } })()");
        browser.eval("window.went = undefined");
        return ((Number) millis).doubleValue();
    }

    /** What the browser has fetched of scripts until now, gzipped. */
    private static int initialScripts(Browser browser) throws IOException, InterruptedException {
        List<String> names = new JsonArray(
                        String.valueOf(
                                browser.eval(
                                        "JSON.stringify(performance.getEntriesByType('resource').map(r => r.name).filter(n => n.endsWith('.js')))")))
                .stream().map(Object::toString).distinct().toList();
        assertThat(names).isNotEmpty();
        int sum = 0;
        var http = HttpClient.newHttpClient();
        for (String name : names) {
            var request = HttpRequest.newBuilder(URI.create(name)).build();
            sum += gzipped(
                    http.send(request, HttpResponse.BodyHandlers.ofByteArray()).body());
        }
        return sum;
    }

    private static int gzipped(byte[] text) {
        var bytes = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text);
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
        return bytes.size();
    }
}
