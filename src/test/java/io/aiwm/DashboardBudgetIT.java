package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.aiwm.controller.http.Browser;
import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmProcess;
import io.aiwm.testing.HollowFleet;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the page costs a reader of a large fleet, in bytes, requests and elements: 1,000 nodes and 10,000 jobs unless {@code
 * aiwm.page.nodes} and {@code aiwm.page.jobs} say otherwise. How long that takes is measured by {@code bench/run page}.
 */
@Timeout(600)
@Tag("alone")
class DashboardBudgetIT {
    private static final String PASSWORD = "a-password-for-tests";
    private static final int NODES = Integer.getInteger("aiwm.page.nodes", 1_000);
    private static final int JOBS = Integer.getInteger("aiwm.page.jobs", 10_000);
    private static final int MOST_JS_BYTES = 70_000;
    /** The rows that are seen, and some beside them; not one for each record. */
    private static final int MOST_ROWS = 120;

    private static final int MOST_ELEMENTS = 2_500;
    /** Nodes are read once, and once more where many change meanwhile; of jobs the newest alone. */
    private static final int MOST_READS = 2 * ((NODES + 999) / 1_000) + 2;

    /** Of the requests for lists, each with the kind that it is for. */
    private static final String COUNT = """
            window.listReads = { nodes: 0, jobs: 0 };
            const asked = fetch;
            window.fetch = (...all) => {
              const kind = /^\\/api\\/(nodes|jobs)\\?/.exec(String(all[0]))?.[1];
              if (kind) listReads[kind]++;
              return asked(...all);
            };
            """;

    @TempDir
    Path folder;

    @TempDir
    Path profile;

    @Test
    void a_large_fleet_costs_the_page_few_bytes_requests_and_elements() throws Exception {
        assumeTrue(Browser.chromium().isPresent(), "there is no Chromium on this machine");
        int port = AiwmProcess.freePort();
        var vertx = Vertx.vertx();
        try (var controller = AiwmProcess.of("controller", folder)
                        .with("PORT", port)
                        .with("AIWM_CLUSTER_ENABLED", "false")
                        .with("AIWM_ADMIN_PASSWORD", PASSWORD)
                        .startAndWait();
                var browser = new Browser(vertx, profile, 1440, 900)) {
            var client = new AiwmClient(controller.port(), PASSWORD);
            show(client, browser, controller.port());
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
            browser.first(COUNT);
            browser.open(URI.create("http://127.0.0.1:" + port + "/"));
            browser.type("input[name=password]", PASSWORD);
            browser.click("#signin button");
            browser.until("document.querySelector('.wall canvas')");
            assertThat(initialScripts(browser))
                    .as("bytes of gzipped scripts until the first page is there")
                    .isLessThan(MOST_JS_BYTES);
            list(browser, "nodes");
            list(browser, "jobs");
            // going there again reads nothing that is kept, and leaves nothing behind
            list(browser, "nodes");
            browser.eval("location.hash = '#/overview'");
            browser.until("document.querySelector('.wall canvas')");
            assertThat(elements(browser)).isLessThan(MOST_ELEMENTS);
        }
    }

    private static void list(Browser browser, String kind) {
        browser.eval("listReads.nodes = listReads.jobs = 0");
        browser.eval("location.hash = '#/" + kind + "'");
        browser.until("document.querySelector('main h1')?.textContent.toLowerCase() === '" + kind
                + "' && document.querySelector('.list tbody tr[data-id]')");
        assertThat(count(browser, "document.querySelectorAll('.list tbody tr[data-id]').length"))
                .as("rows of " + kind)
                .isBetween(10, MOST_ROWS);
        assertThat(elements(browser)).as("elements with " + kind).isLessThan(MOST_ELEMENTS);
        assertThat(count(browser, "listReads." + kind))
                .as("requests for " + kind)
                .isLessThanOrEqualTo(MOST_READS);
    }

    private static int elements(Browser browser) {
        return count(browser, "document.getElementsByTagName('*').length");
    }

    private static int count(Browser browser, String expression) {
        return ((Number) browser.eval(expression)).intValue();
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
