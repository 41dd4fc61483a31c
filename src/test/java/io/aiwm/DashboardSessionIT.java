package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Sha256;
import io.aiwm.controller.http.Browser;
import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.PageFleet;
import io.aiwm.testing.ShownPage;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Sessions in a real browser against the real jar: two windows, a viewer, an upload over a reload, a restart, a token that ends. */
@Timeout(300)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DashboardSessionIT {
    private static final String PILL = "document.querySelector('#live').textContent";
    private static final int FILE_BYTES = 40 << 20;
    private static final long SLOW_BYTES_PER_SECOND = 10 << 20;

    @RegisterExtension
    static final ShownPage PAGE = ShownPage.of(Map.of());

    @TempDir
    static Path folder;

    private static AiwmClient client;
    private static PageFleet fleet;
    private static Browser browser;

    @BeforeAll
    static void open() throws Exception {
        client = PAGE.client();
        fleet = new PageFleet(client, PAGE.controller().port()).nodes(24).work();
        browser = PAGE.browser();
        PAGE.signIn("admin", "#/nodes/gpu-001");
    }

    @AfterAll
    static void close() {
        if (fleet != null) {
            fleet.close();
        }
    }

    private static void press(Browser in, String text) {
        String button = "[...document.querySelectorAll('button')].filter(b => b.textContent.trim() === '" + text
                + "' && b.checkVisibility() && b.ariaDisabled !== 'true').at(-1)";
        in.until(button);
        in.eval(button + ".click()");
    }

    private static void go(String hash) {
        browser.eval("location.hash = '" + hash + "'");
    }

    @Test
    @Order(1)
    void two_windows_have_one_session_and_each_shows_what_the_other_changes() throws Exception {
        try (Browser second = browser.window()) {
            second.open(PAGE.at("#/nodes/gpu-001"));
            second.until("document.querySelector('.inspector .st')?.textContent === 'Ready'");
            assertThat(second.eval("document.querySelector('#signin') === null"))
                    .isEqualTo(true);
            press(browser, "Cordon");
            second.until("document.querySelector('.inspector .st')?.textContent === 'Cordoned'");
            assertThat(client.get("/api/nodes/gpu-001").json().getBoolean("schedulable"))
                    .isFalse();
            press(second, "Open for work");
            browser.until("document.querySelector('.inspector .st')?.textContent === 'Ready'");
            second.click(".menu-box:last-of-type summary");
            press(second, "Sign out");
            for (Browser each : List.of(second, browser)) {
                each.until("document.querySelector('#signin') && !document.querySelector('.frame')");
                assertThat(each.eval("sessionStorage.getItem('aiwm.token')")).isNull();
            }
            browser.type("input[name=password]", ShownPage.PASSWORD);
            browser.click("#signin button");
            for (Browser each : List.of(second, browser)) {
                each.until("document.querySelector('.inspector .title')?.textContent === 'gpu-001' && " + PILL
                        + ".startsWith('Live')");
            }
        }
    }

    @Test
    @Order(2)
    void signing_out_everywhere_ends_the_tokens_of_others() {
        var elsewhere = new AiwmClient(PAGE.controller().port(), ShownPage.PASSWORD);
        assertThat(elsewhere.get("/api/nodes").status()).isEqualTo(200);
        browser.click(".menu-box:last-of-type summary");
        press(browser, "Sign out everywhere");
        browser.until("document.querySelector('#signin')");
        await().until(() -> elsewhere.call("GET", "/api/nodes", null).status() == 401);
        client = PAGE.client();
        PAGE.signIn("admin", "#/models/upload");
    }

    @Test
    @Order(3)
    void an_upload_goes_on_after_a_reload_from_where_it_was() throws Exception {
        byte[] content = new byte[FILE_BYTES];
        new Random(7).nextBytes(content);
        Path file = Files.write(folder.resolve("weights.bin"), content);
        browser.first("""
                globalThis.sent = [];
                const open = XMLHttpRequest.prototype.open, header = XMLHttpRequest.prototype.setRequestHeader;
                XMLHttpRequest.prototype.open = function (method, ...rest) { sent.push(this.entry = {method, offset: null}); return open.call(this, method, ...rest); };
                XMLHttpRequest.prototype.setRequestHeader = function (name, value) { if (name === 'Upload-Offset') this.entry.offset = Number(value); return header.call(this, name, value); };
                """);
        browser.eval("location.reload()");
        browser.until("typeof sent === 'object' && document.querySelector('#upload')");
        browser.sendAtMost(SLOW_BYTES_PER_SECOND);
        choose(file);
        // one whole piece has arrived, and the next one is under way
        browser.until("sent.some(one => one.method === 'PATCH' && one.offset > 0)");
        browser.eval("location.reload()");
        browser.until("sent.length === 0 && document.querySelector('.inspector')?.innerText.includes('Broken off')");
        browser.sendAtMost(-1);
        choose(file);
        browser.until("document.querySelector('.uploads')?.innerText.includes('Deploy it')");
        var sent = new JsonArray(String.valueOf(browser.eval("JSON.stringify(sent)")));
        assertThat(sent.getJsonObject(0).getString("method")).as(sent.encode()).isEqualTo("HEAD");
        assertThat(sent.getJsonObject(1).getLong("offset")).as(sent.encode()).isGreaterThanOrEqualTo(16L << 20);
        JsonObject version = client.get("/api/models/" + id("models", "team/weights") + "/versions/latest")
                .json();
        assertThat(version.getString("state")).isEqualTo("READY");
        assertThat(version.encode()).contains(Sha256.hex(file));
        browser.until("!document.querySelector('[aria-label=\"Broken off\"]')");
    }

    private static void choose(Path file) {
        browser.file("#upload input[type=file]", file);
        browser.until("document.querySelector('.drop').innerText.includes('weights.bin')");
        browser.type("#upload input[name=name]", "team/weights");
        press(browser, "Upload");
    }

    @Test
    @Order(4)
    void a_viewer_is_told_why_of_each_action_and_rest_refuses_it() {
        client.expect(
                201,
                client.post(
                        "/api/users",
                        new JsonObject()
                                .put("username", "vera")
                                .put("password", ShownPage.PASSWORD)
                                .put("role", "VIEWER")));
        browser.eval("sessionStorage.clear()");
        PAGE.signIn("vera", "#/nodes");
        var wrong = new ArrayList<String>();
        actions().forEach((hash, actions) -> {
            go(hash);
            for (String action : actions) {
                String button =
                        "[...document.querySelectorAll('button')].find(b => b.textContent.trim() === '" + action + "')";
                browser.until(button);
                Object state = browser.eval("(b => b.ariaDisabled + ' ' + b.title)(" + button + ")");
                if (!String.valueOf(state).matches("true Your role is viewer; this needs (operator|admin)")) {
                    wrong.add(hash + " " + action + ": " + state);
                }
            }
        });
        assertThat(wrong).isEmpty();
        AiwmClient vera = client.as("vera", ShownPage.PASSWORD);
        for (var refused : List.of(
                vera.put("/api/nodes/gpu-001/schedulable", new JsonObject().put("schedulable", false)),
                vera.put("/api/nodes/gpu-001/drain", new JsonObject()),
                vera.put("/api/nodes/gpu-001/gpus/0/maintenance", new JsonObject()),
                vera.delete("/api/nodes/gpu-001"),
                vera.post("/api/deployments/" + id("deployments", "llama-70b") + "/stop", null),
                vera.post("/api/deployments/" + id("deployments", "llama-70b") + "/restart", null),
                vera.delete("/api/deployments/" + id("deployments", "llama-70b")),
                vera.delete("/api/models/" + id("models", "acme/reranker")),
                vera.post("/api/jobs/" + id("jobs", "needs-sixteen") + "/cancel", null))) {
            assertThat(refused.status()).as(refused.text()).isEqualTo(403);
        }
    }

    /** The actions of records, by the address where they stand. */
    private static Map<String, List<String>> actions() {
        String deployment = "#/deployments/" + id("deployments", "llama-70b");
        return Map.of(
                "#/nodes/gpu-001",
                List.of("Cordon", "Remove"),
                "#/nodes/gpu-001/drain",
                List.of("Drain"),
                "#/nodes/add",
                List.of("Create token"),
                deployment,
                List.of("Stop", "Restart", "Pull and replace", "Delete", "−", "+"),
                deployment + "/change",
                List.of("Apply the change", "Show what would be done"),
                "#/deployments/new",
                List.of("Deploy", "Show what would be done"),
                "#/jobs/new",
                List.of("Submit"),
                "#/jobs/" + id("jobs", "needs-sixteen"),
                List.of("Cancel"),
                "#/models/upload",
                List.of("Upload"),
                "#/models/" + id("models", "acme/reranker"),
                List.of("Delete"));
    }

    private static String id(String kind, String name) {
        return client.get("/api/" + kind + "?pageSize=200").json().getJsonArray("items").stream()
                .map(JsonObject.class::cast)
                .filter(one -> name.equals(one.getString("name")))
                .findFirst()
                .orElseThrow()
                .getString("id");
    }

    @Test
    @Order(5)
    void after_a_restart_the_page_is_live_only_when_it_shows_what_is_so_now() throws Exception {
        browser.eval("sessionStorage.clear()");
        PAGE.signIn("admin", "#/nodes");
        browser.until("document.querySelector('main').innerText.includes('24 nodes')");
        browser.eval(
                "(() => { globalThis.seen = []; new MutationObserver(() => seen.push(["
                        + PILL + ", document.querySelector('main').innerText.includes('25 nodes')]))"
                        + ".observe(document.querySelector('#live'), {subtree: true, characterData: true, childList: true}); })()");
        PAGE.controller().kill9();
        browser.until(PILL + ".startsWith('Reconnecting')");
        browser.offline(true); // it comes back when something has changed meanwhile
        browser.eval("seen.length = 0");
        PAGE.controller().with("AIWM_AUTH_TOKEN_LIFETIME", "20s").startAndWait();
        client = PAGE.client();
        client.expect(201, client.post("/api/nodes", new JsonObject().put("id", "late-comer")));
        browser.offline(false);
        browser.until(PILL + ".startsWith('Live')");
        var seen = new JsonArray(String.valueOf(browser.eval("JSON.stringify(seen)")));
        assertThat(seen.stream()
                        .map(JsonArray.class::cast)
                        .filter(one -> one.getString(0).startsWith("Live")))
                .as(seen.encode())
                .isNotEmpty()
                .allMatch(one -> one.getBoolean(1));
    }

    /** The controller of before gives tokens of 20 seconds. */
    @Test
    @Order(6)
    void a_token_that_ends_is_asked_for_in_a_dialog_and_what_was_written_stays() {
        browser.eval("sessionStorage.clear()");
        PAGE.signIn("admin", "#/jobs/new");
        browser.type("#job-form input[name=name]", "written-before");
        browser.type("#job-form input[name=image]", "local/job:1");
        browser.until("document.querySelector('dialog.box[open] #signin-again')");
        browser.type("#signin-again input[name=password]", "wrong");
        browser.click("#signin-again button");
        browser.until("document.querySelector('#signin-again .notice')");
        browser.type("#signin-again input[name=password]", ShownPage.PASSWORD);
        browser.click("#signin-again button");
        browser.until("!document.querySelector('dialog[open]') && " + PILL + ".startsWith('Live')");
        assertThat(browser.eval("document.querySelector('#job-form input[name=name]').value"))
                .isEqualTo("written-before");
        press(browser, "Submit");
        browser.until("document.querySelector('.inspector .title')?.textContent === 'written-before'");
        client = PAGE.client();
        assertThat(id("jobs", "written-before")).startsWith("job_");
        assertThat(browser.complaints()).noneMatch(said -> said.contains("Content Security Policy"));
        assertThat(browser.complaints()).noneMatch(said -> said.contains("exceptionId"));
    }
}
