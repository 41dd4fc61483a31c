package io.aiwm.controller.agent;

import static io.aiwm.controller.mcp.ScriptedMcpServer.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.mcp.McpClient.Progress;
import io.aiwm.controller.mcp.ScriptedMcpServer;
import io.aiwm.controller.secret.SecretRef;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What servers of MCP say of the progress of calls. */
@Timeout(60)
class ToolProgressTest {
    @TempDir
    Path folder;

    @Test
    void the_first_is_told_at_once_and_then_one_a_second_without_control_characters() {
        var now = new AtomicLong(-5);
        List<JsonObject> told = new ArrayList<>();
        var progress = new ToolProgress(told::add, now::get);
        progress.accept(new Progress(1, 4.0, "one\u001b[31m"));
        progress.accept(new Progress(2, 4.0, null));
        now.addAndGet(ToolProgress.EVERY_NANOS - 1);
        progress.accept(new Progress(3, 4.0, null));
        now.addAndGet(1);
        progress.accept(new Progress(3.5, null, "x".repeat(1_000)));
        assertThat(told).hasSize(2);
        assertThat(told.get(0).getDouble("total")).isEqualTo(4);
        assertThat(told.get(0).getString("message")).doesNotContain("\u001b");
        assertThat(told.get(1).getDouble("progress")).isEqualTo(3.5);
        assertThat(told.get(1).containsKey("total")).isFalse();
        assertThat(told.get(1).getString("message").length()).isLessThan(210);
    }

    private static JsonObject progress(ScriptedMcpServer.Seen asked, int done) {
        JsonObject meta = asked.message().getJsonObject("params").getJsonObject("_meta");
        return new JsonObject()
                .put("jsonrpc", "2.0")
                .put("method", "notifications/progress")
                .put(
                        "params",
                        new JsonObject()
                                .put("progressToken", meta.getValue("progressToken"))
                                .put("progress", done)
                                .put("total", 2)
                                .put("message", "with " + asked.header("X-Api-Key")));
    }

    @Test
    void readers_of_a_turn_hear_of_it_and_one_that_comes_later_too() {
        var rig = new AgentRig(folder);
        try (rig) {
            var server = new ScriptedMcpServer(rig.vertx).modern();
            server.on(
                    "tools/list",
                    (asked, response) -> result(
                            asked,
                            response,
                            new JsonObject()
                                    .put("resultType", "complete")
                                    .put("tools", new JsonArray().add(ScriptedMcpServer.tool("slow")))));
            server.on("tools/call", (asked, response) -> {
                response.setChunked(true).putHeader("Content-Type", "text/event-stream");
                response.write(ScriptedMcpServer.event("e1", progress(asked, 1)));
                response.write(ScriptedMcpServer.event("e2", progress(asked, 2)));
                response.end(ScriptedMcpServer.event(
                        "e3",
                        ScriptedMcpServer.answer(
                                asked, ScriptedMcpServer.text("done").put("resultType", "complete"))));
            });
            rig.tool(ToolRequestBuilder.builder()
                    .name("slow")
                    .kind(Tool.Kind.MCP)
                    .mcp(new Tool.Mcp("http://127.0.0.1:" + server.port() + "/mcp", null, null, List.of()))
                    .secretHeaders(Map.of("X-Api-Key", new SecretRef("weather"))));
            rig.agent(null, "slow");
            rig.conversation();
            Message said = rig.say("msg_1", "call slow {}");
            await().atMost(Duration.ofSeconds(30)).until(rig::isIdle);
            var told = new CopyOnWriteArrayList<TurnReading.Told>();
            rig.agents().reading().read(new TurnReading.Wanted(said.executionId(), null, true, null), told::add);
            await().until(() -> told.stream().anyMatch(one -> one.type().equals(TurnStream.DONE)));
            assertThat(told.stream().filter(one -> one.type().equals(TurnStream.PROGRESS)))
                    .singleElement()
                    .satisfies(one -> {
                        assertThat(one.data().getString("toolCallId")).isEqualTo("call_0");
                        assertThat(one.data().getDouble("progress")).isEqualTo(1);
                        assertThat(one.data().getString("message")).isEqualTo("with [secret]");
                    });
        }
    }
}
