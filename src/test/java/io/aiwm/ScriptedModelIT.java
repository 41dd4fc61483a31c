package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmFleet;
import io.aiwm.testing.FleetDeployments;
import io.aiwm.testing.LlamaImage;
import io.aiwm.testing.ToolServer;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whole turns with a model in a container that does what it is told, also what models and their servers should not do: the turn ends, the
 * user is told why, and the conversation goes on. Needs an engine.
 */
@Timeout(300)
class ScriptedModelIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Path SCRIPT = Path.of("src/test/serving/scripted.mjs");
    /** Of an agent whose turns take as long as they may. */
    private static final int LONG_SECONDS = 3_600;

    private static final int MODEL_CALLS = 4;
    /** More than the longest answer that is taken. */
    private static final int MOST_TOKENS = 100_000_000;

    private static final int HUGE_CHARS = 5 << 20;
    /** Of a result of a tool. */
    private static final int KEPT = 64 * 1024;

    private static final String CUT = "\n[cut: only the first 65536 bytes]";

    @TempDir
    static Path folder;

    /** Never closed: a class that fails runs once more in the same process. */
    private static final Vertx VERTX = Vertx.vertx();

    private static AiwmFleet fleet;
    private static ToolServer tools;
    private static AiwmClient api;

    /** A turn that has ended: its execution, and what was said in it. */
    private record Turn(JsonObject execution, List<JsonObject> messages) {
        String status() {
            return execution.getString("status");
        }

        String error() {
            JsonObject error = execution.getJsonObject("error", new JsonObject());
            return error.getString("category") + ": " + error.getString("message");
        }

        List<String> said(String role) {
            return messages.stream()
                    .filter(one -> one.getString("role").equals(role))
                    .map(ScriptedModelIT::text)
                    .toList();
        }

        String answer() {
            return text(messages.get(messages.size() - 1));
        }
    }

    private static String text(JsonObject message) {
        JsonArray content = message.getJsonArray("content");
        return content.isEmpty() ? "" : content.getJsonObject(0).getString("text");
    }

    @BeforeAll
    static void prepare() throws IOException {
        AiwmFleet.requireEngine();
        fleet = new AiwmFleet(
                folder,
                1,
                0,
                Map.of("AIWM_AGENTS_INTERNAL_HOSTS", "127.0.0.1", "AIWM_EXECUTIONS_RETRY_BACKOFF", "10ms"));
        tools = new ToolServer(VERTX);
        api = fleet.api;
        var deployments = new FleetDeployments(fleet);
        var probe = new JsonObject()
                .put("http", new JsonObject().put("port", 8_080).put("path", "/"))
                .put("periodMs", 200);
        String deployment = deployments.create(new JsonObject()
                .put("name", "scripted")
                .put("engine", new JsonObject().put("type", "custom").put("port", 8_080))
                .put(
                        "spec",
                        new JsonObject()
                                .put("image", LlamaImage.tag())
                                .put("pullPolicy", "never")
                                .put("entrypoint", new JsonArray().add("/usr/bin/node"))
                                .put(
                                        "command",
                                        new JsonArray()
                                                .add("--input-type=module")
                                                .add("-e")
                                                .add(Files.readString(SCRIPT)))
                                .put("probes", new JsonObject().put("readiness", probe))));
        deployments.untilAllReady(deployment, 1);
        made("/api/instructions", new JsonObject().put("name", "guide").put("systemPrompt", "Help."));
        var city = new JsonObject().put("city", new JsonObject().put("type", "string"));
        made(
                "/api/tools",
                new JsonObject()
                        .put("name", "weather")
                        .put("kind", "http")
                        .put("input", new JsonObject().put("type", "object").put("properties", city))
                        .put(
                                "http",
                                new JsonObject()
                                        .put("method", "GET")
                                        .put("url", "http://127.0.0.1:" + tools.port() + "/cities/{city}")));
        made("/api/agents", helper(LONG_SECONDS));
    }

    @AfterAll
    static void stop() {
        if (fleet != null) {
            fleet.close();
        }
        if (tools != null) {
            tools.close();
        }
    }

    private static JsonObject helper(int seconds) {
        return new JsonObject()
                .put("name", "helper")
                .put("instructionId", "guide")
                .put("toolIds", new JsonArray().add("weather"))
                .put("model", "scripted")
                .put(
                        "limits",
                        new JsonObject()
                                .put("steps", MODEL_CALLS)
                                .put("seconds", seconds)
                                .put("tokens", MOST_TOKENS));
    }

    private static JsonObject made(String path, JsonObject body) {
        return api.expect(201, api.post(path, body));
    }

    private static String conversation() {
        return made("/api/conversations", new JsonObject().put("agentId", "helper"))
                .getString("id");
    }

    private static Turn turn(String conversation, String wish) {
        String path = "/api/conversations/" + conversation;
        String id = api.expect(202, api.post(path + "/messages", new JsonObject().put("content", wish)))
                .getString("executionId");
        await().atMost(PATIENCE)
                .until(() -> api.expect(200, api.get(path)).getString("status").equals("IDLE"));
        List<JsonObject> messages =
                api.expect(200, api.get(path + "/messages?pageSize=200")).getJsonArray("items").stream()
                        .map(JsonObject.class::cast)
                        .filter(one -> id.equals(one.getString("executionId")))
                        .toList();
        return new Turn(api.expect(200, api.get("/api/executions/" + id)), messages);
    }

    /** The next message is answered. @param roles of what the model reads then, after the system prompt */
    private static void goesOn(String conversation, String roles) {
        Turn next = turn(conversation, "roles");
        assertThat(next.status()).as(next.error()).isEqualTo("COMPLETED");
        assertThat(next.answer()).isEqualTo("system " + roles + " user");
    }

    @Test
    void words_and_tools_are_streamed() {
        String id = conversation();
        assertThat(turn(id, "words").answer()).isEqualTo("It works.");
        Turn both = turn(id, "tools");
        assertThat(both.answer()).isEqualTo("I read: {\"degrees\":21} | {\"degrees\":21}");
        goesOn(id, "user assistant user assistant tool tool assistant");
    }

    @Test
    void arguments_that_are_no_json_are_told_to_the_model() {
        String id = conversation();
        Turn turn = turn(id, "malformed");
        assertThat(turn.status()).isEqualTo("COMPLETED");
        assertThat(turn.said("tool")).singleElement().asString().startsWith("the arguments do not fit: ");
        assertThat(turn.answer()).isEqualTo("I read: " + turn.said("tool").get(0));
        goesOn(id, "user assistant tool assistant");
    }

    @Test
    void a_tool_that_there_is_none_of_is_told_to_the_model() {
        String id = conversation();
        Turn turn = turn(id, "unknown");
        assertThat(turn.status()).isEqualTo("COMPLETED");
        assertThat(turn.said("tool")).containsExactly("there is no tool nowhere");
        assertThat(turn.answer()).isEqualTo("I read: there is no tool nowhere");
        goesOn(id, "user assistant tool assistant");
    }

    @Test
    void a_model_that_calls_a_tool_again_and_again_is_stopped_by_the_limit() {
        String id = conversation();
        Turn turn = turn(id, "loop");
        assertThat(turn.status()).isEqualTo("FAILED");
        assertThat(turn.error())
                .isEqualTo("resource-exhausted: the turn has made 4 calls of the model, its limit (limits.steps)");
        assertThat(tools.times("/cities/Lyon")).isEqualTo(MODEL_CALLS - 1);
        // its last wish was not done: models refuse a call without a result
        goesOn(id, "user assistant tool assistant tool assistant tool");
    }

    @ParameterizedTest
    @CsvSource({
        "huge, resource-exhausted: the model: the answer has more than 4194304 bytes",
        "disconnect, network: the model: the answer broke off",
        "empty, network: the model: the model's answer is empty"
    })
    void an_answer_of_no_use_fails_the_turn_with_the_reason(String wish, String reason) {
        String id = conversation();
        Turn turn = turn(id, wish);
        assertThat(turn.status()).isEqualTo("FAILED");
        assertThat(turn.error()).isEqualTo(reason);
        assertThat(turn.said("assistant")).isEmpty();
        goesOn(id, "user");
    }

    @Test
    void a_model_that_falls_silent_ends_with_the_time_of_the_turn_and_its_call_is_given_up() {
        api.expect(200, api.put("/api/agents/helper", helper(2)));
        String id = conversation();
        Turn turn = turn(id, "stall");
        assertThat(turn.status()).isEqualTo("TIMEOUT");
        assertThat(turn.said("assistant")).isEmpty();
        api.expect(200, api.put("/api/agents/helper", helper(LONG_SECONDS)));
        goesOn(id, "user");
        await().atMost(PATIENCE)
                .until(() -> turn(conversation(), "hanging").answer().equals("0 calls hang"));
    }

    @Test
    void of_a_result_of_five_megabytes_the_model_reads_the_beginning_and_that_it_is_cut() {
        tools.answer = "r".repeat(HUGE_CHARS);
        try {
            String id = conversation();
            Turn turn = turn(id, "tools");
            assertThat(turn.status()).as(turn.error()).isEqualTo("COMPLETED");
            String kept = "r".repeat(KEPT) + CUT;
            assertThat(turn.said("tool")).containsExactly(kept, kept);
            String read = kept.length() + " characters that end in " + "r".repeat(500 - CUT.length()) + CUT;
            assertThat(turn.answer()).isEqualTo("I read: " + read + " | " + read);
            goesOn(id, "user assistant tool tool assistant");
        } finally {
            tools.answer = "{\"degrees\":21}";
        }
    }
}
