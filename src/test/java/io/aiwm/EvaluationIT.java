package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmProcess;
import io.aiwm.testing.ToolCallingEngine;
import io.aiwm.testing.ToolServer;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Evaluations over REST, by users with different rights, and through kill -9 of the controller. Needs the built jar. */
@Timeout(180)
class EvaluationIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String PASSWORD = "a password for tests 1";

    @TempDir
    static Path folder;

    private static Vertx vertx;
    private static ToolCallingEngine engine;
    private static ToolServer tools;
    private static AiwmProcess controller;
    private static AiwmClient api;

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
        engine = new ToolCallingEngine(vertx);
        tools = new ToolServer(vertx);
        int port = AiwmProcess.freePort();
        controller = AiwmProcess.of("controller", folder.resolve("controller"))
                .with("PORT", port)
                .with("AIWM_ADMIN_PASSWORD", PASSWORD)
                .with("AIWM_CLUSTER_ENABLED", false)
                .with("AIWM_INFERENCE_INTERNAL_ENDPOINTS", true)
                .with("AIWM_AGENTS_INTERNAL_HOSTS", "127.0.0.1")
                .startAndWait();
        api = new AiwmClient(port, PASSWORD);
        api.expect(
                201,
                api.put(
                        "/api/inference/endpoints/scripted",
                        new JsonObject().put("baseUrl", "http://127.0.0.1:" + engine.port() + "/v1")));
        made("/api/instructions", new JsonObject().put("name", "speech").put("systemPrompt", "Say =1+1 in Oslo"));
        api.expect(
                200,
                api.put(
                        "/api/instructions/speech",
                        new JsonObject().put("name", "speech").put("systemPrompt", "Say \u001b[31mBergen")));
        made("/api/agents", agent("speaker"));
        made(
                "/api/tools",
                new JsonObject()
                        .put("name", "weather")
                        .put("kind", "http")
                        .put(
                                "input",
                                new JsonObject()
                                        .put("type", "object")
                                        .put(
                                                "properties",
                                                new JsonObject().put("city", new JsonObject().put("type", "string"))))
                        .put(
                                "http",
                                new JsonObject()
                                        .put("method", "POST")
                                        .put("url", "http://127.0.0.1:" + tools.port() + "/cities/{city}")));
        made("/api/agents", agent("helper").put("toolIds", new JsonArray().add("weather")));
    }

    private static JsonObject agent(String name) {
        return new JsonObject().put("name", name).put("instructionId", "speech").put("model", "scripted");
    }

    @AfterAll
    static void close() {
        if (controller != null) {
            controller.close();
        }
        tools.close();
        engine.close();
        vertx.close().await();
    }

    private static JsonObject made(String path, JsonObject body) {
        return api.expect(201, api.post(path, body));
    }

    private static JsonObject asked(String name, String prompt, JsonObject... expect) {
        return new JsonObject().put("name", name).put("prompt", prompt).put("expect", new JsonArray(List.of(expect)));
    }

    private static void evaluation(String name, JsonObject... cases) {
        made("/api/evaluations", new JsonObject().put("name", name).put("cases", new JsonArray(List.of(cases))));
    }

    private static JsonObject candidates(String agent) {
        return new JsonObject()
                .put(
                        "candidates",
                        new JsonArray()
                                .add(new JsonObject().put("agentId", agent).put("instructionVersion", 1))
                                .add(new JsonObject().put("agentId", agent).put("instructionVersion", 2)));
    }

    private static String begun(AiwmClient as, String evaluation, JsonObject run) {
        return as.expect(202, as.post("/api/evaluations/" + evaluation + "/runs", run))
                .getString("id");
    }

    private static JsonObject ended(String id) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).until(() -> {
            var run = api.tryGet("/api/evaluation-runs/" + id);
            return run != null && run.status() == 200 && run.json().containsKey("endedAt");
        });
        return api.get("/api/evaluation-runs/" + id).json();
    }

    @Test
    void two_versions_are_shown_side_by_side_as_json_and_as_a_table_for_spreadsheets() {
        evaluation(
                "cities",
                asked("oslo", "Which?", new JsonObject().put("type", "contains").put("text", "Oslo")),
                asked("any", "Which?"));
        String id = begun(api, "cities", candidates("speaker"));
        JsonObject run = ended(id);
        assertThat(run.getString("status")).isEqualTo("COMPLETED");
        assertThat(run.getInteger("progress")).isEqualTo(100);
        assertThat(run.getJsonArray("cases")).hasSize(2);
        String results = "/api/evaluation-runs/" + id + "/results";
        JsonObject table = api.get(results).json();
        assertThat(table.getJsonArray("cases").getJsonObject(0).getString("change"))
                .isEqualTo("worse");
        assertThat(table.getJsonArray("candidates").getJsonObject(1).getInteger("passed"))
                .isEqualTo(1);
        assertThat(api.get(results + "?differing=true").json().getJsonArray("cases"))
                .hasSize(1);
        String csv = api.get(results + "?format=csv").text();
        assertThat(csv)
                .contains("case,change,A result", "oslo,worse,passed,,'=1+1 in Oslo,", "failed,contains Oslo")
                .contains("\uFFFD[31mBergen")
                .doesNotContain("\u001b");
        assertThat(api.get("/api/conversations?text=oslo").json().getJsonArray("items"))
                .isEmpty();
        api.expect(204, api.delete("/api/evaluation-runs/" + id));
        assertThat(api.get(results).status()).isEqualTo(404);
    }

    @Test
    void operators_run_viewers_look_and_nobody_sees_the_runs_of_others() {
        evaluation("rights", asked("any", "Which?"));
        AiwmClient olga = user("olga", "OPERATOR");
        AiwmClient vera = user("vera", "VIEWER");
        assertThat(vera.post("/api/evaluations/rights/runs", candidates("speaker"))
                        .status())
                .isEqualTo(403);
        assertThat(vera.get("/api/evaluations/rights").status()).isEqualTo(200);
        String id = begun(olga, "rights", candidates("speaker"));
        assertThat(ended(id).getString("user")).isEqualTo("olga");
        for (String path : List.of("", "/results")) {
            assertThat(vera.get("/api/evaluation-runs/" + id + path).status()).isEqualTo(404);
            assertThat(olga.get("/api/evaluation-runs/" + id + path).status()).isEqualTo(200);
        }
        assertThat(vera.get("/api/evaluation-runs").json().getInteger("totalSize"))
                .isZero();
        // a tool of an agent begins no run
        var tool = new JsonObject()
                .put("name", "own")
                .put("kind", "aiwm")
                .put("aiwm", new JsonObject().put("operations", new JsonArray().add("createEvaluationRun")));
        assertThat(api.post("/api/tools", tool).status()).isEqualTo(422);
    }

    private static AiwmClient user(String name, String role) {
        made(
                "/api/users",
                new JsonObject().put("username", name).put("password", PASSWORD).put("role", role));
        return api.as(name, PASSWORD);
    }

    @Test
    void what_is_wrong_is_named() {
        var unfit = new JsonObject()
                .put("name", "wrong")
                .put(
                        "cases",
                        new JsonArray()
                                .add(asked(
                                        "a",
                                        "x",
                                        new JsonObject().put("type", "matches").put("pattern", "("))));
        assertThat(api.post("/api/evaluations", unfit).text()).contains("422", "/cases/0/expect/0/pattern");
        evaluation(
                "judging",
                asked("a", "x", new JsonObject().put("type", "judged").put("criterion", "x")));
        assertThat(api.post("/api/evaluations/judging/runs", candidates("speaker"))
                        .text())
                .contains("422", "/judge");
        assertThat(api.post("/api/evaluations/none/runs", candidates("speaker")).status())
                .isEqualTo(404);
    }

    @Test
    void a_run_goes_on_after_kill_9_and_calls_no_tool_twice() throws Exception {
        evaluation(
                "killed",
                asked("one", "What is the weather?", called("Oslo")),
                asked("two", "What is the weather?", called("Paris")),
                asked("three", "What is the weather?", called("Rome")));
        tools.delayMillis = 300; // so that calls are under way
        String id = begun(api, "killed", candidates("helper").put("parallel", 2));
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).until(() -> tools.asked.size() >= 5);
        controller.kill9();
        assertThat(controller.isAlive()).isFalse();
        controller.startAndWait();
        JsonObject run = ended(id);
        assertThat(run.getString("status")).isEqualTo("COMPLETED");
        JsonObject table = api.get("/api/evaluation-runs/" + id + "/results").json();
        for (int i = 0; i < 2; i++) {
            JsonObject total = table.getJsonArray("candidates").getJsonObject(i);
            assertThat(total.getInteger("passed")).as(total.encode()).isEqualTo(2);
            assertThat(total.getInteger("failed")).as(total.encode()).isEqualTo(1);
        }
        assertThat(tools.asked.stream().map(ToolServer.Asked::key))
                .doesNotHaveDuplicates()
                .hasSizeBetween(5, 3 * 2 * 2);
    }

    private static JsonObject called(String city) {
        return new JsonObject()
                .put("type", "toolCalled")
                .put("tool", "weather")
                .put("arguments", new JsonObject().put("city", city));
    }
}
