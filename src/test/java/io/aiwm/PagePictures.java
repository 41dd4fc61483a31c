package io.aiwm;

import static org.awaitility.Awaitility.await;

import io.aiwm.controller.http.Browser;
import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.PageFleet;
import io.aiwm.testing.ShownPage;
import io.aiwm.testing.SmallPng;
import io.aiwm.testing.ToolCallingEngine;
import io.aiwm.testing.ToolServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Makes the pictures of the page in {@code docs}: the command stands in docs/contributing.md. Its name keeps it out of the
 * tests, since it writes into the repository.
 */
@Timeout(300)
class PagePictures {
    private static final int WIDTH = 1280;
    private static final int HEIGHT = 760;

    @RegisterExtension
    static final ShownPage PAGE = ShownPage.of(Map.of(
            "AIWM_AGENTS_INTERNAL_HOSTS", "127.0.0.1",
            "AIWM_INFERENCE_INTERNAL_ENDPOINTS", "true",
            // a node that is cut off is missed within half a minute
            "HEARTBEAT_INTERVAL", "4s"));

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private static AiwmClient client;
    private static PageFleet fleet;
    private static ToolCallingEngine engine;
    private static ToolServer tools;
    private static Browser browser;

    @BeforeAll
    static void open() throws Exception {
        client = PAGE.client();
        browser = PAGE.browser();
        engine = new ToolCallingEngine(PAGE.vertx());
        tools = new ToolServer(PAGE.vertx());
        fleet = new PageFleet(client, PAGE.controller().port()).nodes(24);
        fleet.deployment("llama-3.3-70b", 4, 4, "serve");
        fleet.deployment("qwen2.5-coder-32b", 2, 2, "serve");
        fleet.deployment("mixtral-8x22b", 1, 8, "train");
        fleet.deployment("whisper-large-v3", 3, 1, "train");
        fleet.deployment("deepseek-v3", 1, 16, "serve");
        await().atMost(PATIENCE)
                .until(() ->
                        client.get("/api/deployments?status=RUNNING").json().getInteger("totalSize") >= 4);
        for (int i = 1; i <= 18; i++) {
            fleet.job("finetune-lora-r" + 4 * i, 1, "sleep", i < 12 ? "0.2" : "3000");
        }
        fleet.job("pretrain-7b", 16, "sleep", "1");
        fleet.execution();
        fleet.trouble();
        fleet.lose("gpu-021");
        PAGE.signIn("admin", "#/overview");
    }

    @AfterAll
    static void close() {
        if (fleet != null) {
            fleet.close();
        }
        if (engine != null) {
            engine.close();
            tools.close();
        }
    }

    /**
     * In both themes: {@code NAME.png} is dark, {@code NAME-light.png} is light.
     *
     * @param whole true once all is there
     */
    private static void picture(String name, String hash, String whole) {
        for (String theme : List.of("light", "dark")) {
            browser.prefer(theme);
            browser.resize(WIDTH, HEIGHT);
            browser.eval("location.hash = '" + hash + "'");
            browser.until(whole);
            // two frames later what was just set is painted
            browser.eval("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
            Path file = Path.of("docs", name + (theme.equals("light") ? "-light.png" : ".png"));
            browser.screenshot(file);
            SmallPng.shrink(file);
        }
    }

    private static String id(String kind, String name) {
        return client.get("/api/" + kind + "?pageSize=200").json().getJsonArray("items").stream()
                .map(JsonObject.class::cast)
                .filter(one -> name.equals(one.getString("name")))
                .findFirst()
                .orElseThrow()
                .getString("id");
    }

    private static JsonObject made(String path, JsonObject body) {
        return client.expect(201, client.post(path, body));
    }

    @Test
    void pictures_of_the_fleet_and_its_work() {
        await().atMost(PATIENCE)
                .until(() ->
                        "OFFLINE".equals(client.get("/api/nodes/gpu-021").json().getString("status")));
        picture(
                "page",
                "#/overview",
                "document.querySelector('.wall canvas')?.width > 300 && document.querySelectorAll('.overview li').length > 12");
        picture("page-nodes", "#/nodes/gpu-005", "document.querySelectorAll('.gpu-line').length === 8");
        picture(
                "page-deployment",
                "#/deployments/" + updated("llama-3.3-70b"),
                "document.querySelectorAll('.replicas li').length >= 4 && document.querySelector('.rollout')");
        picture(
                "page-execution",
                "#/executions/" + id("executions", "nightly-eval"),
                "document.querySelectorAll('.step-box').length > 4");
    }

    /** An update of it has begun. */
    private static String updated(String name) {
        String path = "/api/deployments/" + id("deployments", name);
        JsonObject spec = client.get(path).json().getJsonObject("spec");
        client.expect(
                202,
                client.patch(
                        path,
                        new JsonObject()
                                .put(
                                        "spec",
                                        new JsonObject()
                                                .put(
                                                        "image",
                                                        spec.getString("image").replace(":1", ":2")))));
        return path.substring(path.lastIndexOf('/') + 1);
    }

    @Test
    void pictures_of_agents() {
        client.expect(
                201,
                client.put(
                        "/api/inference/endpoints/llama-3.3-70b-instruct",
                        new JsonObject().put("baseUrl", "http://127.0.0.1:" + engine.port() + "/v1")));
        made(
                "/api/tools",
                new JsonObject()
                        .put("name", "weather")
                        .put("description", "The temperature in a city")
                        .put("kind", "http")
                        .put("approval", "ask")
                        .put(
                                "input",
                                new JsonObject(
                                        "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"]}"))
                        .put(
                                "http",
                                new JsonObject()
                                        .put("method", "GET")
                                        .put("url", "http://127.0.0.1:" + tools.port() + "/cities/{city}")));
        speech("traveller", "You know the weather. Answer briefly.");
        speech("operator", "Say It waits in the queue.");
        client.expect(
                200,
                client.put(
                        "/api/instructions/operator",
                        new JsonObject()
                                .put("name", "operator")
                                .put(
                                        "systemPrompt",
                                        "Say It waits for 16 free GPUs of one kind on one node. The largest node has 8, so no node can ever fit: ask for 8, or split it.")));
        agent("traveller", "weather");
        agent("operator");
        picture("page-agent", "#/agents/" + talk(), "document.querySelectorAll('.decide').length === 1");
        picture(
                "page-evaluation",
                "#/agents/" + run(),
                "document.querySelectorAll('.compared tbody tr').length === 3 && document.querySelector('.page-head .st')?.textContent === 'Done'");
    }

    private static void speech(String name, String prompt) {
        made("/api/instructions", new JsonObject().put("name", name).put("systemPrompt", prompt));
    }

    private static void agent(String name, String... toolNames) {
        made(
                "/api/agents",
                new JsonObject()
                        .put("name", name)
                        .put("instructionId", name)
                        .put("toolIds", new JsonArray(List.of(toolNames)))
                        .put("model", "llama-3.3-70b-instruct"));
    }

    /** A conversation with an answer from two calls, and a call that needs approval. */
    private static String talk() {
        String id = made(
                        "/api/conversations",
                        new JsonObject().put("agentId", "traveller").put("title", "Where to go in November"))
                .getString("id");
        say(id, "Is it warmer in Paris or in Oslo today?");
        await().atMost(PATIENCE).until(() -> waiting(id).size() == 2);
        approve(id);
        approve(id);
        await().atMost(PATIENCE)
                .until(() -> "IDLE"
                        .equals(client.get("/api/conversations/" + id).json().getString("status")));
        say(id, "Has that changed within the hour?");
        await().atMost(PATIENCE).until(() -> waiting(id).size() == 2);
        approve(id);
        await().atMost(PATIENCE).until(() -> waiting(id).size() == 1);
        return id;
    }

    private static void approve(String conversation) {
        client.expect(
                200,
                client.post(
                        "/api/approvals/"
                                + waiting(conversation).getJsonObject(0).getString("id") + "/approve",
                        null));
    }

    private static JsonArray waiting(String conversation) {
        return client.get("/api/approvals?state=PENDING&conversationId=" + conversation)
                .json()
                .getJsonArray("items");
    }

    private static void say(String conversation, String text) {
        client.expect(
                202,
                client.post("/api/conversations/" + conversation + "/messages", new JsonObject().put("content", text)));
    }

    private static String run() {
        made(
                "/api/evaluations",
                new JsonObject()
                        .put("name", "why-does-it-wait")
                        .put(
                                "cases",
                                new JsonArray()
                                        .add(asked("names-the-need", "Why does pretrain-7b wait?", "16 free GPUs"))
                                        .add(asked("names-the-way-out", "What would unblock pretrain-7b?", "ask for 8"))
                                        .add(asked("says-where", "Where does pretrain-7b wait?", "queue"))));
        var candidates = new JsonArray()
                .add(new JsonObject().put("agentId", "operator").put("instructionVersion", 1))
                .add(new JsonObject().put("agentId", "operator").put("instructionVersion", 2));
        return client.expect(
                        202,
                        client.post(
                                "/api/evaluations/why-does-it-wait/runs",
                                new JsonObject().put("candidates", candidates)))
                .getString("id");
    }

    private static JsonObject asked(String name, String prompt, String text) {
        var expect =
                new JsonArray().add(new JsonObject().put("type", "contains").put("text", text));
        return new JsonObject().put("name", name).put("prompt", prompt).put("expect", expect);
    }
}
