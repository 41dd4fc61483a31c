package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmFleet;
import io.aiwm.testing.TestImages;
import io.aiwm.testing.ToolCallingEngine;
import io.vertx.core.Vertx;
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
import org.junit.jupiter.api.io.TempDir;

/** Tools that are servers of MCP, operations of the API and jobs, of an agent that an operator and a viewer talk to. Needs an engine. */
@Timeout(180)
class AgentToolsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String PASSWORD = "a password for tests 2";

    @TempDir
    static Path folder;

    private static AiwmFleet fleet;
    private static Vertx vertx;
    private static ToolCallingEngine engine;
    private static AiwmClient operator;
    private static AiwmClient viewer;

    @BeforeAll
    static void prepare() {
        AiwmFleet.requireEngine();
        TestImages.web(1);
        fleet = new AiwmFleet(
                folder,
                1,
                0,
                Map.of("AIWM_AGENTS_INTERNAL_HOSTS", "127.0.0.1", "AIWM_INFERENCE_INTERNAL_ENDPOINTS", "true"));
        vertx = Vertx.vertx();
        engine = new ToolCallingEngine(vertx);
        AiwmClient api = fleet.api;
        operator = user("olga", "OPERATOR");
        viewer = user("vera", "VIEWER");
        api.expect(
                201,
                api.put(
                        "/api/inference/endpoints/scripted",
                        new JsonObject().put("baseUrl", "http://127.0.0.1:" + engine.port() + "/v1")));
        String key = api.expect(
                        201,
                        api.post(
                                "/api/api-keys",
                                new JsonObject().put("name", "tool").put("role", "VIEWER")))
                .getString("key");
        api.expect(201, api.put("/api/secrets/own", new JsonObject().put("value", key)));
        made("/api/instructions", new JsonObject().put("name", "guide").put("systemPrompt", "Help."));
        made(
                "/api/tools",
                tool("fleet", "aiwm")
                        .put(
                                "aiwm",
                                new JsonObject()
                                        .put(
                                                "operations",
                                                new JsonArray(List.of(
                                                        "listNodes", "createInstruction", "getConversation")))));
        made(
                "/api/tools",
                tool("own", "mcp")
                        .put("authorization", new JsonObject().put("secret", "own"))
                        .put(
                                "mcp",
                                new JsonObject()
                                        .put("url", api.url("/mcp"))
                                        .put("tools", new JsonArray().add("search_api"))));
        made("/api/tools", job("run", "echo \"got $AIWM_TOOL_INPUT\" and $(cat)"));
        made("/api/tools", job("count", "echo \"${AIWM_TOOL_INPUT-none} and $(wc -c)\""));
        made("/api/tools", job("wait", "sleep 300 & wait"));
        made(
                "/api/agents",
                new JsonObject()
                        .put("name", "helper")
                        .put("instructionId", "guide")
                        .put("toolIds", new JsonArray(List.of("fleet", "own", "run", "count", "wait")))
                        .put("model", "scripted"));
    }

    @AfterAll
    static void stop() {
        if (fleet != null) {
            fleet.close();
        }
        engine.close();
        vertx.close().await();
    }

    private static AiwmClient user(String name, String role) {
        made(
                "/api/users",
                new JsonObject().put("username", name).put("password", PASSWORD).put("role", role));
        return fleet.api.as(name, PASSWORD);
    }

    private static JsonObject made(String path, JsonObject body) {
        return fleet.api.expect(201, fleet.api.post(path, body));
    }

    private static JsonObject tool(String name, String kind) {
        return new JsonObject().put("name", name).put("kind", kind);
    }

    private static JsonObject job(String name, String script) {
        return tool(name, "job")
                .put("timeoutMs", 60_000)
                .put("input", new JsonObject().put("type", "object"))
                .put(
                        "job",
                        new JsonObject()
                                .put("image", TestImages.web(1))
                                .put("command", new JsonArray(List.of("sh", "-c", script))));
    }

    private static String conversation(AiwmClient as) {
        return as.expect(201, as.post("/api/conversations", new JsonObject().put("agentId", "helper")))
                .getString("id");
    }

    private static void say(AiwmClient as, String conversation, String text) {
        as.expect(
                202,
                as.post("/api/conversations/" + conversation + "/messages", new JsonObject().put("content", text)));
    }

    /** What the tool answered to the model that was asked to call it. */
    private static JsonObject called(AiwmClient as, String call) {
        String id = conversation(as);
        say(as, id, "call " + call);
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> as.get("/api/conversations/" + id)
                        .json()
                        .getString("status")
                        .equals("IDLE"));
        var messages = as.get("/api/conversations/" + id + "/messages");
        assertThat(messages.text()).doesNotContain("Bearer ", "eyJ");
        return messages.json().getJsonArray("items").stream()
                .map(JsonObject.class::cast)
                .filter(message -> message.getString("role").equals("tool"))
                .findFirst()
                .orElseThrow(() -> new AssertionError(messages.text()));
    }

    @Test
    void operations_of_the_api_are_called_with_the_rights_of_the_conversation_s_user() {
        String write = "fleet__create_instruction {\"body\":{\"name\":\"%s\",\"systemPrompt\":\"x\"}}";
        assertThat(called(operator, write.formatted("hers")).encode()).doesNotContain("\"failed\"");
        assertThat(operator.get("/api/instructions/hers").json().getString("createdBy"))
                .isEqualTo("olga");
        assertThat(called(viewer, write.formatted("his")).encode()).contains("\"failed\":true", "there is no tool");
        assertThat(operator.get("/api/instructions/his").status()).isEqualTo(404);
        assertThat(called(viewer, "fleet__list_nodes {}").encode())
                .contains("items")
                .doesNotContain("\"failed\"");
        // what an operation refuses to somebody, the tool is refused too
        String hers = "fleet__get_conversation {\"id\":\"" + conversation(operator) + "\"}";
        assertThat(called(operator, hers).encode()).doesNotContain("\"failed\"");
        assertThat(called(viewer, hers).encode()).contains("\"failed\":true", "does not exist");
    }

    @Test
    void a_tool_of_a_server_of_mcp_is_called_with_its_stored_secret() {
        assertThat(called(viewer, "own {\"query\":\"list nodes\"}").encode())
                .contains("list_nodes")
                .doesNotContain("\"failed\"");
        assertThat(called(viewer, "own {\"nonsense\":1}").encode()).contains("\"failed\":true", "is not known");
    }

    @Test
    void a_job_has_the_arguments_and_its_print_is_the_result_for_whom_jobs_are_allowed() {
        assertThat(called(operator, "run {\"city\":\"Oslo\"}")
                        .getJsonArray("content")
                        .encode())
                .contains("got {\\\"city\\\":\\\"Oslo\\\"} and {\\\"city\\\":\\\"Oslo\\\"}");
        String large =
                new JsonObject().put("text", "a \"word\" ".repeat(14_000)).encode();
        assertThat(called(operator, "count " + large).getJsonArray("content").encode())
                .contains("none and " + large.length());
        var jobs = operator.get("/api/jobs/counts").json();
        assertThat(called(viewer, "run {}").encode()).contains("\"failed\":true", "there is no operation");
        assertThat(operator.get("/api/jobs/counts").json()).isEqualTo(jobs);
    }

    @Test
    void cancelling_the_turn_cancels_its_job() {
        String id = conversation(operator);
        say(operator, id, "call wait {}");
        await().atMost(PATIENCE).until(() -> running().size() == 1);
        String job = running().getJsonObject(0).getString("id");
        operator.expect(202, operator.post("/api/conversations/" + id + "/cancel", null));
        await().atMost(Duration.ofSeconds(1))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> operator.get("/api/conversations/" + id)
                        .json()
                        .getString("status")
                        .equals("IDLE"));
        await().atMost(PATIENCE)
                .until(() -> operator.get("/api/jobs/" + job)
                        .json()
                        .getString("status")
                        .equals("CANCELLED"));
    }

    private static JsonArray running() {
        return operator.get("/api/jobs?status=RUNNING").json().getJsonArray("items");
    }
}
