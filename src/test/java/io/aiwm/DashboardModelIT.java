package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.aiwm.controller.http.Browser;
import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmFleet;
import io.aiwm.testing.LlamaImage;
import io.aiwm.testing.TinyModels;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From a model's file to a talk with it, on the page: llama.cpp in a container on a real worker. Needs Chromium, an engine and the jar. */
@Timeout(300)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DashboardModelIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    /** So much room that an answer without an end goes on for minutes. */
    private static final int CONTEXT_TOKENS = 65_536;

    private static final String PARTIAL = "document.querySelector('.said .caret')?.parentElement.innerText";

    @TempDir
    static Path folder;

    /** Never closed: a class that fails runs once more in the same process. */
    private static final Vertx VERTX = Vertx.vertx();

    private static AiwmFleet fleet;
    private static AiwmClient api;
    private static Browser browser;

    @BeforeAll
    static void open() throws IOException {
        assumeTrue(Browser.chromium().isPresent(), "there is no Chromium on this machine");
        AiwmFleet.requireEngine();
        fleet = new AiwmFleet(folder.resolve("fleet"), 0, 1, Map.of());
        api = fleet.api;
        browser = new Browser(VERTX, folder.resolve("profile"), 1440, 800);
        browser.open(URI.create(api.url("/#/models/upload")));
        browser.type("input[name=password]", AiwmFleet.PASSWORD);
        browser.click("#signin button");
    }

    @AfterAll
    static void close() {
        if (browser != null) {
            browser.close();
        }
        if (fleet != null) {
            fleet.close();
        }
    }

    private static void go(String hash) {
        browser.eval("location.hash = '" + hash + "'");
    }

    private static void press(String text) {
        String button = "[...document.querySelectorAll('button')].filter(b => b.textContent.trim() === '" + text
                + "' && b.checkVisibility() && b.ariaDisabled !== 'true').at(-1)";
        browser.until(button);
        browser.eval(button + ".click()");
    }

    private static void write(String selector, String text) {
        browser.until("document.querySelector('" + selector + "')");
        browser.type(selector, text);
    }

    private static JsonObject deployment() {
        return api.get("/api/deployments?pageSize=10")
                .json()
                .getJsonArray("items")
                .getJsonObject(0);
    }

    @Test
    @Order(1)
    void a_file_is_uploaded_and_served_and_the_page_shows_both() {
        go("#/overview");
        browser.until("document.querySelector('.first-steps li .st')?.innerText.trim() === 'A machine'"
                + " && document.querySelector('.first-steps li .st').classList.contains('ok')");
        browser.eval("[...document.querySelectorAll('.first-steps a')].find(a => a.textContent === 'Upload').click()");
        browser.file(
                "#upload input[type=file]",
                TinyModels.in(folder.resolve("models")).file(TinyModels.F16));
        browser.until("document.querySelector('#upload input[name=name]').value === 'tiny-f16'");
        write("#upload input[name=name]", "tiny");
        press("Upload");
        browser.until("document.querySelector('.list td a.open')?.textContent === 'tiny'");
        browser.until("[...document.querySelectorAll('.uploads a')].find(a => a.textContent === 'Deploy it')");
        assertThat(browser.eval("document.querySelector('#upload input[type=file]').value"))
                .isEqualTo("");
        browser.eval("[...document.querySelectorAll('.uploads a')].find(a => a.textContent === 'Deploy it').click()");
        browser.until("document.querySelector('#deployment-form input[name=model]')?.value === 'tiny'"
                + " && document.querySelector('#deployment-form select[name=engine]').value === 'llamacpp'");
        api.expect(
                201,
                api.post(
                        "/api/deployments",
                        new JsonObject()
                                .put("name", "chat")
                                .put("model", new JsonObject().put("name", "tiny"))
                                .put(
                                        "engine",
                                        new JsonObject()
                                                .put("type", "llamacpp")
                                                .put("context", CONTEXT_TOKENS)
                                                .put("parallel", 1)
                                                .put("image", LlamaImage.tag()))
                                .put("spec", new JsonObject().put("pullPolicy", "never"))));
        await().atMost(PATIENCE).until(() -> "RUNNING".equals(deployment().getString("status")));
        go("#/deployments/" + deployment().getString("id"));
        browser.until("document.querySelector('.inspector .st')?.textContent === 'Running'");
        browser.until("document.querySelector('.replicas .st')?.textContent === 'Ready'");
        await().atMost(PATIENCE)
                .until(() -> api.get("/api/inference/models").text().contains("\"chat\""));
    }

    @Test
    @Order(2)
    void an_agent_with_it_answers_on_the_page() {
        go("#/agents/new");
        write("#agent-form input[name=name]", "guide");
        browser.until("document.querySelector('#agent-form select[name=model]')?.value === 'chat'");
        press("Create agent");
        press("Talk");
        write("textarea[name=message]", "hi");
        press("Send");
        browser.until("document.querySelector('.chat h1')?.textContent === 'hi'");
        browser.until("/→ [1-9][0-9]* tokens/.test(document.querySelector('.bubble.answer .bubble-foot')?.innerText)");
        assertThat(String.valueOf(browser.eval("document.querySelector('.bubble.answer .prose').innerText")))
                .isEqualToIgnoringWhitespace(TinyModels.ANSWER);
        browser.screenshot(Path.of("target", "page", "agents-llama-dark-1440.png"));
    }

    @Test
    @Order(3)
    void an_answer_without_an_end_is_read_as_it_comes_and_stop_stops_the_engine() throws Exception {
        JsonObject agent = api.get("/api/agents/guide").json();
        var endless = new JsonObject().put("ignore_eos", true).put("max_tokens", CONTEXT_TOKENS);
        api.expect(
                201,
                api.post(
                        "/api/agents",
                        new JsonObject()
                                .put("name", "endless")
                                .put("instructionId", agent.getString("instructionId"))
                                .put("model", "chat")
                                .put("parameters", endless)));
        go("#/agents/" + api.get("/api/agents/endless").json().getString("id"));
        press("Talk");
        write("textarea[name=message]", "Tell me all of it");
        browser.eval(
                "(() => { globalThis.lengths = []; new MutationObserver(() => { const n = " + PARTIAL
                        + "?.length; if (n) lengths.push(n); }).observe(document.querySelector('#app'), {subtree: true, childList: true, characterData: true}); })()");
        press("Send");
        browser.until(PARTIAL + "?.length > 300");
        var lengths = new JsonArray(String.valueOf(browser.eval("JSON.stringify([...new Set(lengths)])")));
        assertThat(lengths.size()).as(lengths.encode()).isGreaterThan(5);
        assertThat(IntStream.range(1, lengths.size()).allMatch(i -> lengths.getInteger(i) > lengths.getInteger(i - 1)))
                .as(lengths.encode())
                .isTrue();
        assertThat(processing()).isEqualTo(1);
        press("Stop");
        browser.until("document.querySelector('.said .notice')?.innerText.includes('Stopped')");
        await().until(() -> processing() == 0);
        String conversation = String.valueOf(browser.eval("location.hash.split('/')[2]"));
        assertThat(api.get("/api/conversations/" + conversation).json().getString("status"))
                .isEqualTo("IDLE");
        assertThat(browser.complaints()).noneMatch(said -> said.contains("Content Security Policy"));
        assertThat(browser.complaints()).noneMatch(said -> said.contains("exceptionId"));
        browser.eval("location.hash = '#/deployments/" + deployment().getString("id") + "'");
        press("Delete");
        press("Yes, delete");
        browser.until("document.querySelector('.inspector .notice')?.innerText.includes('in use by agent')");
        press("Delete all the same");
        press("Yes, delete");
        await().atMost(PATIENCE).until(() -> api.get("/api/deployments").json().getInteger("totalSize") == 0);
    }

    /** How many calls the engine works on, by its own word. */
    private static int processing() throws IOException, InterruptedException {
        String address = deployment()
                .getJsonArray("instances")
                .getJsonObject(0)
                .getJsonArray("addresses")
                .getJsonObject(0)
                .getString("address");
        var request = HttpRequest.newBuilder(URI.create("http://" + address + "/metrics"))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body()
                .lines()
                .filter(line -> line.startsWith("llamacpp:requests_processing "))
                .mapToInt(line -> Integer.parseInt(line.substring(line.indexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }
}
