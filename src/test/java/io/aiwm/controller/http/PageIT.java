package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.aiwm.controller.event.Events;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The page in a real browser, against the real HTTP verticle with a fleet in memory behind it. */
@Timeout(120)
class PageIT {
    private static final String PILL = "document.querySelector('#live').textContent";

    @TempDir
    static Path profile;

    @TempDir
    static Path other;

    private static final FleetResource FLEET = new FleetResource();
    private static TestServer server;
    private static Browser browser;

    @BeforeAll
    static void open() throws IOException {
        assumeTrue(Browser.chromium().isPresent(), "there is no Chromium on this machine");
        server = new TestServer(List.of(FLEET));
        FLEET.events(new Events(server.vertx));
        FLEET.put("nodes", new JsonObject("""
                {"id":"gpu-1","name":"gpu-1","role":"gpu","zone":"eu-1","status":"IDLE","schedulable":true,
                 "system":{"cpu":{"cores":64},"memory":{"totalBytes":549755813888},"gpus":[{"index":0,"model":"H200"}]}}"""));
        FLEET.put(
                "nodes",
                new JsonObject(
                        "{\"id\":\"cpu-2\",\"name\":\"cpu-2\",\"role\":\"cpu\",\"status\":\"OFFLINE\",\"schedulable\":true}"));
        FLEET.put("deployments", new JsonObject("""
                {"id":"dep_1","name":"<img src=x onerror=document.title='owned'>","status":"RUNNING","nodeId":"gpu-1",
                 "containerId":"0123456789abcdef","spec":{"image":"nginx:1"},"ports":[{"hostPort":8080,"containerPort":80}]}"""));
        FLEET.put("executions", execution("RUNNING", 0));
        browser = new Browser(server.vertx, profile, 1280, 720);
        browser.open(server.uri("/"));
        signIn();
    }

    @AfterAll
    static void close() {
        if (browser != null) {
            browser.close();
        }
        if (server != null) {
            server.close();
        }
    }

    private static void signIn() {
        browser.type("input[name=password]", "wrong");
        browser.click("#signin button");
        browser.until("document.querySelector('[role=alert]:not([hidden])')");
        assertThat(browser.text()).contains("wrong name or password");
        browser.type("input[name=password]", TestServer.PASSWORD);
        browser.click("#signin button");
        browser.until("document.querySelector('nav')");
    }

    private static JsonObject execution(String status, int progress) {
        return new JsonObject()
                .put("id", "ex_1")
                .put("name", "deploy llama")
                .put("status", status)
                .put("progress", progress)
                .put(
                        "steps",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("index", 0)
                                        .put("name", "pull")
                                        .put("status", "RUNNING")
                                        .put("progress", progress)
                                        .put("nodeId", "gpu-1")));
    }

    private static String button(String text) {
        return "[...document.querySelectorAll('aside .btn')].find(b => b.textContent === '" + text + "')";
    }

    private static void press(String text) {
        browser.until(button(text));
        browser.eval(button(text) + ".click()");
    }

    private static void go(String hash) {
        browser.eval("location.hash = '" + hash + "'");
    }

    @Test
    void nodes_are_shown_with_glyph_and_word() {
        go("#/nodes/gpu-1");
        browser.until("document.body.innerText.includes('H200')");
        assertThat(browser.text()).contains("Ready", "Offline", "512 GiB");
        assertThat(
                        browser.eval(
                                "[...document.querySelectorAll('.st')].every(e => e.querySelector('svg use') && e.textContent.trim())"))
                .isEqualTo(true);
    }

    @Test
    void escape_closes_the_dialog_in_front_and_nothing_behind_it() {
        String open = "document.querySelector('dialog[open]')";
        go("#/nodes/gpu-1");
        for (String opens : List.of("?", "palette")) {
            browser.until("document.querySelector('aside .title')");
            if (opens.equals("palette")) {
                browser.eval("dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true }))");
            } else {
                browser.press(opens);
            }
            browser.until(open);
            browser.press("Escape");
            browser.until("!" + open);
            assertThat(browser.eval("location.hash")).as(opens).isEqualTo("#/nodes/gpu-1");
        }
        browser.press("Escape");
        browser.until("location.hash === '#/nodes'");
    }

    /** Under the policy that lets the page connect to its own host and port alone. */
    @Test
    void another_server_is_not_connected_to_and_the_bridge_is() {
        browser.until(PILL + ".startsWith('Live')");
        assertThat(browser.eval("new Promise(done => {"
                        + " document.addEventListener('securitypolicyviolation', e => done(e.effectiveDirective), { once: true });"
                        + " try { new WebSocket('ws://127.0.0.1:1/'); } catch { /* the event tells */ } })"))
                .isEqualTo("connect-src");
    }

    @Test
    void an_execution_moves_while_one_looks() {
        go("#/executions/ex_1");
        browser.until(PILL + ".startsWith('Live')");
        browser.until("document.querySelector('.step-box')");
        for (int progress : new int[] {10, 40, 90}) {
            // the interest of the page reaches the publisher a moment after it registered: an event before is lost
            await().until(() -> {
                FLEET.put("executions", execution("RUNNING", progress));
                Thread.onSpinWait();
                return Boolean.TRUE.equals(
                        browser.eval("document.querySelector('.step-box').textContent.includes('" + progress + "%')"));
            });
        }
        FLEET.put("executions", execution("COMPLETED", 100));
        browser.until("document.querySelector('main .st').innerText.includes('Done')");
    }

    @Test
    void news_of_an_old_record_stands_where_the_list_has_it() {
        for (String kind : List.of("executions", "deployments")) {
            FLEET.put(kind, aged("y-first", "2026-11-21T00:00:00Z"));
            go("#/" + kind);
            // what comes is news only when the list has been read
            browser.until("document.querySelector('tbody')?.innerText.includes('y-first')");
            await().until(() -> {
                FLEET.put(kind, aged("z-new", "2026-11-21T00:00:01.500Z"));
                FLEET.put(kind, aged("a-newest", "2026-11-21T00:00:02Z"));
                FLEET.put(kind, aged("b-oldest", "2026-11-21T00:00:01Z"));
                return String.valueOf(browser.eval("document.querySelector('tbody')?.innerText"))
                        .contains("b-oldest");
            });
            assertThat(String.valueOf(browser.eval("[...document.querySelectorAll('tbody .open')]"
                            + ".map(e => e.innerText).filter(t => /new|old/.test(t)).join()")))
                    .as(kind)
                    .isEqualTo("a-newest,z-new,b-oldest");
        }
    }

    private static JsonObject aged(String id, String createdAt) {
        return new JsonObject()
                .put("id", id)
                .put("name", id)
                .put("status", "RUNNING")
                .put("spec", new JsonObject().put("image", "web:1"))
                .put("steps", new JsonArray())
                .put("createdAt", createdAt);
    }

    @Test
    void names_are_text_and_never_markup() {
        go("#/deployments/dep_1");
        browser.until("document.querySelector('aside .title')");
        assertThat(browser.text()).contains("<img src=x onerror=");
        assertThat(browser.eval("document.querySelectorAll('img').length")).isEqualTo(0);
        assertThat(browser.eval("document.title")).isEqualTo("Deployments · AIWM");
    }

    @Test
    void a_deployment_is_made_followed_and_stopped() {
        go("#/deployments");
        browser.click("#new-deployment");
        browser.type("input[name=name]", "web");
        browser.type("input[name=image]", "local/web:1");
        browser.type("input[name=ports]", "eighty");
        browser.click("#deployment-form button[type=submit]");
        browser.until("document.querySelector('#deployment-form').innerText.includes('is not a port')");
        browser.type("input[name=ports]", "18080:8080");
        browser.click("#deployment-form button[type=submit]");
        browser.until("document.querySelector('aside .title')?.innerText === 'web'");
        assertThat(browser.text()).contains("Deploying", "local/web:1");
        String id = String.valueOf(browser.eval("location.hash.split('/')[2]"));
        var running = new JsonObject("""
                {"name":"web","status":"RUNNING","containerId":"abc","nodeId":"gpu-1","spec":{"image":"local/web:1"}}""").put("id", id);
        FLEET.put("deployments", running);
        browser.until(button("Logs") + "?.ariaDisabled !== 'true'");
        press("Logs");
        await().until(() -> FLEET.logReaders() == 1);
        FLEET.log("GET / 200");
        browser.until("document.querySelector('.dock .log-lines').innerText.includes('GET / 200')");
        browser.screenshot(Path.of("target", "page.png"));
        press("Stop");
        press("Yes, stop");
        browser.until("document.querySelector('aside').innerText.includes('Stopped')");
        browser.click(".dock-tab button:last-child");
        await().until(() -> FLEET.logReaders() == 0);
    }

    @Test
    void after_a_lost_connection_the_page_says_so_and_reads_again() {
        go("#/nodes");
        browser.until(PILL + ".startsWith('Live')");
        server.stop();
        browser.until(PILL + ".startsWith('Reconnecting')");
        FLEET.put("nodes", new JsonObject("{\"id\":\"new-3\",\"name\":\"new-3\",\"status\":\"IDLE\"}"));
        server.startAgain();
        browser.until(PILL + ".startsWith('Live')");
        browser.until("document.querySelector('main').innerText.includes('new-3')");
    }

    /** Time in this page runs ten times as fast. */
    @Test
    void a_page_left_alone_stays_connected() throws IOException {
        try (var alone = new Browser(server.vertx, other, 1280, 720)) {
            alone.first("""
                    const begin = Date.now(), now = Date.now, every = setInterval, Socket = WebSocket;
                    Date.now = () => begin + (now() - begin) * 10;
                    setInterval = (run, ms) => every(run, ms / 10);
                    sockets = 0;
                    WebSocket = class extends Socket { constructor(...all) { super(...all); sockets++; } };
                    sessionStorage.setItem("aiwm.token", "viewer");
                    """);
            alone.open(server.uri("/"));
            alone.until("document.querySelector('nav')");
            alone.until(PILL + ".startsWith('Live')");
            alone.until("Date.now() - begin > 120_000");
            alone.until(PILL + ".startsWith('Live')");
            assertThat(alone.eval("sockets")).isEqualTo(1);
        }
    }

    @Test
    void the_documentation_opens_under_its_policy() throws IOException {
        browser.eval("sessionStorage.getItem('aiwm.token')");
        browser.open(server.uri("/api-docs/"));
        browser.until("document.querySelector('.swagger-ui .opblock')");
        assertThat(browser.text()).contains("/api/auth/login");
        browser.open(server.uri("/"));
        browser.until("document.querySelector('nav')");
        assertThat(browser.complaints())
                .noneMatch(said -> said.contains("Content Security Policy") && !said.contains("127.0.0.1:1/"));
        assertThat(browser.complaints()).noneMatch(said -> said.contains("exceptionId"));
    }
}
