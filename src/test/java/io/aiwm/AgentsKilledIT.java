package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmProcess;
import io.aiwm.testing.ConversationListener;
import io.aiwm.testing.HaltingController;
import io.aiwm.testing.HaltingController.Moment;
import io.aiwm.testing.ToolCallingEngine;
import io.aiwm.testing.ToolServer;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * While a turn with two parallel tool calls runs, the controller ends at one of its writes and is started again: once for each kind of
 * write that matters, before it or after it. The tool's own server counts. Needs the built jar.
 */
@Timeout(300)
class AgentsKilledIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String PASSWORD = "a password for tests 1";
    private static final String AFTER_TOOLS = "It is 21 degrees in Paris and 9 in Oslo.";
    /**
     * Of each moment the writes after which a turn goes on in a way of its own; {@code TurnsTest} dies at every single one, in one
     * process.
     */
    private static final Map<Moment, List<String>> STORY = Map.of(
            Moment.BEFORE,
            List.of(
                    "insert of executions, RUNNING, ASSIGNED",
                    "insert of agentMessages, null, assistant",
                    "insert of agentMessages, null, tool",
                    "replaceIf of agentConversations, IDLE"),
            Moment.AFTER,
            List.of(
                    "insert of agentMessages, null, user",
                    "replaceIf of executions, RUNNING, COMPLETED, ASSIGNED, ASSIGNED, PENDING",
                    "insert of agentMessages, null, tool",
                    "replaceIf of executions, COMPLETED, COMPLETED, COMPLETED, COMPLETED, COMPLETED"));

    private static final String TOOL_BEGUN = "replaceIf of executions, RUNNING, COMPLETED, RUNNING, PENDING";
    private static final String JOB_MADE = "insert of executions, RUNNING, QUEUED";
    private static final Map<Moment, List<String>> JOB_STORY =
            Map.of(Moment.BEFORE, List.of(JOB_MADE), Moment.AFTER, List.of(TOOL_BEGUN, JOB_MADE));

    @TempDir
    static Path folder;

    static Vertx vertx;
    static ToolCallingEngine engine;
    static ToolServer tools;
    static AiwmProcess controller;
    static AiwmClient api;
    static Path data;

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
        engine = new ToolCallingEngine(vertx);
        tools = new ToolServer(vertx);
        int port = AiwmProcess.freePort();
        data = folder.resolve("controller/data");
        controller = AiwmProcess.of("controller", folder.resolve("controller"))
                .through(HaltingController.class)
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
        api.expect(
                201,
                api.post(
                        "/api/instructions",
                        new JsonObject().put("name", "guide").put("systemPrompt", "Help.")));
        var input = new JsonObject()
                .put("type", "object")
                .put("properties", new JsonObject().put("city", new JsonObject().put("type", "string")));
        api.expect(
                201,
                api.post(
                        "/api/tools",
                        new JsonObject()
                                .put("name", "weather")
                                .put("kind", "http")
                                .put("input", input)
                                .put(
                                        "http",
                                        new JsonObject()
                                                .put("method", "POST")
                                                .put("url", "http://127.0.0.1:" + tools.port() + "/cities/{city}"))));
        api.expect(
                201,
                api.post(
                        "/api/agents",
                        new JsonObject()
                                .put("name", "helper")
                                .put("instructionId", "guide")
                                .put("toolIds", new JsonArray().add("weather"))
                                .put("model", "scripted")));
    }

    private static void agentWithJob(String name, boolean idempotent) {
        api.expect(
                201,
                api.post(
                        "/api/tools",
                        new JsonObject()
                                .put("name", name)
                                .put("kind", "job")
                                .put("idempotent", idempotent)
                                .put("timeoutMs", 120_000)
                                .put("input", new JsonObject().put("type", "object"))
                                .put("job", new JsonObject().put("image", "none/such:1"))));
        api.expect(
                201,
                api.post(
                        "/api/agents",
                        new JsonObject()
                                .put("name", "agent-" + name)
                                .put("instructionId", "guide")
                                .put("toolIds", new JsonArray().add(name))
                                .put("model", "scripted")));
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

    @ParameterizedTest
    @EnumSource
    void whichever_write_the_controller_dies_at_no_tool_is_called_twice_and_the_answer_is_there(Moment moment)
            throws Exception {
        HaltingController.forget(data);
        int told = 0;
        boolean killed = true;
        while (killed) {
            tools.asked.clear();
            String id = begun("helper");
            var listener = new ConversationListener(vertx, api, id);
            listener.connect();
            HaltingController.arm(data, moment, STORY.get(moment));
            say(id);
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> !controller.isAlive() || isOver(id));
            HaltingController.disarm(data);
            List<String> halts = HaltingController.halts(data);
            killed = halts.size() > told;
            told = halts.size();
            String when = killed ? halts.get(told - 1) : "told without a kill";
            if (killed) {
                await().until(() -> !controller.isAlive());
                controller.startAndWait();
                listener.connect();
            }
            say(id); // a client that heard nothing sends it again
            await(when).atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).until(() -> {
                denyWhatNobodyKnows(id);
                return isOver(id);
            });
            assertThat(tools.times("/cities/Paris")).as(when + ": Paris").isLessThanOrEqualTo(1);
            assertThat(tools.times("/cities/Oslo")).as(when + ": Oslo").isLessThanOrEqualTo(1);
            assertThat(api.get("/api/conversations/" + id + "/stream").text())
                    .as(when)
                    .contains(AFTER_TOOLS, "event: done", "COMPLETED");
            await(when)
                    .atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(listener.endsWith("done"))
                            .as(listener.toString())
                            .isTrue());
            listener.assertWhole(
                    when, api.get("/api/conversations/" + id + "/messages").json());
            listener.close();
        }
        assertThat(HaltingController.halts(data))
                .contains(STORY.get(moment).stream()
                        .map(write -> moment + " " + write)
                        .toArray(String[]::new));
    }

    /** There is no node, so the job waits until it is cancelled, and nothing but its record can tell that it is there. */
    @ParameterizedTest
    @CsvSource({"BEFORE,true", "AFTER,true", "BEFORE,false", "AFTER,false"})
    void whichever_write_the_controller_dies_at_a_job_of_a_tool_is_made_once(Moment moment, boolean idempotent)
            throws Exception {
        String tool = "work-" + moment + "-" + idempotent;
        agentWithJob(tool, idempotent);
        HaltingController.forget(data);
        boolean killed = true;
        for (int round = 1; killed; round++) {
            String id = begun("agent-" + tool);
            HaltingController.arm(data, moment, JOB_STORY.get(moment));
            say(id, "call " + tool + " {}");
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> !controller.isAlive() || waiting(tool).size() == 1);
            HaltingController.disarm(data);
            List<String> halts = HaltingController.halts(data);
            killed = halts.size() == round;
            String when = killed ? halts.get(round - 1) : "told without a kill";
            if (killed) {
                await().until(() -> !controller.isAlive());
                controller.startAndWait();
            }
            say(id, "call " + tool + " {}");
            // a turn that made a second one would wait for that
            await(when).atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).until(() -> {
                denyWhatNobodyKnows(id);
                waiting(tool).forEach(job -> api.post("/api/jobs/" + job + "/cancel", null));
                return isOver(id);
            });
            assertThat(api.get("/api/jobs?name=" + tool).json().getInteger("totalSize"))
                    .as(when)
                    .isEqualTo(round);
            assertThat(api.get("/api/conversations/" + id + "/messages").text())
                    .as(when)
                    .contains("ended as CANCELLED");
        }
        assertThat(HaltingController.halts(data))
                .containsExactlyInAnyOrder(JOB_STORY.get(moment).stream()
                        .map(write -> moment + " " + write)
                        .toArray(String[]::new));
    }

    private static List<String> waiting(String tool) {
        var jobs = api.tryGet("/api/jobs?name=" + tool);
        return jobs == null || jobs.status() != 200
                ? List.of()
                : jobs.json().getJsonArray("items").stream()
                        .map(JsonObject.class::cast)
                        .filter(job -> !job.getString("status").equals("CANCELLED"))
                        .map(job -> job.getString("id"))
                        .toList();
    }

    private static String begun(String agent) {
        return api.expect(201, api.post("/api/conversations", new JsonObject().put("agentId", agent)))
                .getString("id");
    }

    private static void say(String id) {
        say(id, "What is the weather?");
    }

    private static void say(String id, String text) {
        try {
            api.call(
                    "POST",
                    "/api/conversations/" + id + "/messages",
                    new JsonObject().put("content", text),
                    "Idempotency-Key",
                    "of-" + id);
        } catch (AiwmClient.Unreachable died) {
            return;
        }
    }

    private static boolean isOver(String id) {
        var answer = api.tryGet("/api/conversations/" + id);
        return answer != null
                && answer.status() == 200
                && answer.json().getString("status").equals("IDLE")
                && answer.json().containsKey("lastMessageId");
    }

    private static void denyWhatNobodyKnows(String id) {
        var pending = api.tryGet("/api/approvals?state=PENDING&conversationId=" + id);
        if (pending != null && pending.status() == 200) {
            for (Object one : pending.json().getJsonArray("items")) {
                assertThat(((JsonObject) one).getString("why")).isEqualTo("repeat");
                api.post(
                        "/api/approvals/" + ((JsonObject) one).getString("id") + "/deny",
                        new JsonObject().put("reason", "nobody knows"));
            }
        }
    }
}
