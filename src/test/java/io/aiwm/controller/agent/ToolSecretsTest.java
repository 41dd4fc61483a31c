package io.aiwm.controller.agent;

import static io.aiwm.controller.mcp.ScriptedMcpServer.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.audit.AuditFilter;
import io.aiwm.controller.mcp.ScriptedMcpServer;
import io.aiwm.controller.secret.SecretRef;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Secrets in headers of tools, at servers that say what they were sent. */
@Timeout(120)
class ToolSecretsTest extends WithAgentRig {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final AuditFilter ALL = new AuditFilter(List.of(), List.of(), null, null, null, null, null);

    private void said(String text) {
        rig.conversation();
        rig.say("msg_1", text);
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(rig::isIdle);
    }

    @Test
    void a_secret_is_sent_in_the_header_that_the_tool_names_and_nobody_reads_it() {
        rig.toolServer.answer = "{\"X-Api-Key\":\"" + AgentRig.SECRET + "\"}";
        Tool tool = rig.tool(
                rig.weather("GET").authorization(null).secretHeaders(Map.of("X-Api-Key", new SecretRef("weather"))));
        rig.agent(null, "weather");
        said("What is the weather?");
        assertThat(rig.toolServer.asked).hasSize(2).allSatisfy(asked -> {
            assertThat(asked.apiKey()).isEqualTo(AgentRig.SECRET);
            assertThat(asked.authorization()).isNull();
        });
        assertThat(rig.messages().get(2).text()).isEqualTo("{\"X-Api-Key\":\"[secret]\"}");
        assertThat(rig.engine.asked.toString() + rig.messages() + tool).doesNotContain(AgentRig.SECRET);
        assertThatThrownBy(() -> rig.process
                        .secrets()
                        .delete("weather", "ada", false, null)
                        .await())
                .hasMessageContaining("weather (tool_1)");
    }

    @Test
    void a_call_is_in_the_audit_log_before_and_after_with_agent_user_and_conversation() {
        rig.tool(rig.weather("GET"));
        rig.agent(null, "weather");
        said("What is the weather?");
        List<JsonObject> entries = await().until(
                        () -> rig.audit
                                .before(Long.MAX_VALUE, ALL, 100, 100)
                                .await()
                                .entries(),
                        found -> found.size() >= 4);
        JsonObject asked = entries.get(entries.size() - 1);
        assertThat(asked.getString("operation")).isEqualTo("callTool");
        assertThat(asked.getString("tool")).isEqualTo("weather");
        assertThat(asked.getString("actor")).isEqualTo("ada");
        assertThat(asked.getString("agentId")).startsWith("agent_");
        assertThat(asked.getString("conversationId")).startsWith("conv_");
        assertThat(asked.getString("executionId")).startsWith("ex_");
        assertThat(asked.getInteger("status")).isNull();
        assertThat(entries.stream().filter(entry -> Boolean.FALSE.equals(entry.getBoolean("failed"))))
                .hasSize(2);
        assertThat(entries.toString()).doesNotContain(AgentRig.SECRET);
    }

    @Test
    void a_header_whose_secret_does_not_exist_is_named() {
        assertThatThrownBy(
                        () -> rig.tool(rig.weather("GET").secretHeaders(Map.of("X-Api-Key", new SecretRef("nowhere")))))
                .hasMessageContaining("/secretHeaders/X-Api-Key");
    }

    @Test
    void a_server_of_mcp_that_repeats_its_secret_shows_it_neither_in_descriptions_nor_in_answers() {
        var server = new ScriptedMcpServer(rig.vertx).modern();
        server.on("tools/list", (asked, response) -> {
            String key = asked.header("X-Api-Key");
            var city = new JsonObject().put("type", "string").put("description", "not " + key);
            JsonObject described = ScriptedMcpServer.tool("look")
                    .put("description", "called with " + key)
                    .put(
                            "inputSchema",
                            new JsonObject()
                                    .put("type", "object")
                                    .put("properties", new JsonObject().put("city", city)));
            result(
                    asked,
                    response,
                    new JsonObject().put("resultType", "complete").put("tools", new JsonArray().add(described)));
        });
        server.on(
                "tools/call",
                (asked, response) -> result(
                        asked,
                        response,
                        ScriptedMcpServer.text("with " + asked.header("X-Api-Key"))
                                .put("resultType", "complete")));
        rig.tool(ToolRequestBuilder.builder()
                .name("far")
                .kind(Tool.Kind.MCP)
                .mcp(new Tool.Mcp("http://127.0.0.1:" + server.port() + "/mcp", null, null, List.of()))
                .secretHeaders(Map.of("X-Api-Key", new SecretRef("weather"))));
        rig.agent(null, "far");
        said("call far {}");
        assertThat(rig.messages().get(2).text()).isEqualTo("with [secret]");
        String offered =
                rig.engine.asked.get(0).getJsonArray("tools").getJsonObject(0).encode();
        assertThat(offered).contains("called with [secret]", "not [secret]");
        assertThat(rig.engine.asked.toString()).doesNotContain(AgentRig.SECRET);
        assertThat(server.seen).anyMatch(asked -> AgentRig.SECRET.equals(asked.header("X-Api-Key")));
    }

    @Test
    void a_tool_that_a_server_names_by_its_secret_is_not_offered() {
        var server = new ScriptedMcpServer(rig.vertx).modern();
        server.on("tools/list", (asked, response) -> {
            String key = asked.header("X-Api-Key");
            result(
                    asked,
                    response,
                    new JsonObject()
                            .put("resultType", "complete")
                            .put(
                                    "tools",
                                    new JsonArray()
                                            .add(ScriptedMcpServer.tool("look"))
                                            .add(ScriptedMcpServer.tool("find"))
                                            .add(ScriptedMcpServer.tool("call_" + key))
                                            .add(ScriptedMcpServer.tool(key))));
        });
        rig.tool(far(server.port()));
        rig.agent(null, "far");
        said("Hello");
        assertThat(offered()).containsExactly("far__look", "far__find");
        assertThat(rig.engine.asked.toString()).doesNotContain(AgentRig.SECRET);
    }

    @Test
    void a_model_is_told_of_a_server_that_does_not_answer_although_it_never_called_it() throws IOException {
        int port;
        try (var nobody = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = nobody.getLocalPort();
        }
        rig.tool(far(port));
        rig.agent(null, "far");
        said("Hello");
        String system = rig.engine
                .asked
                .get(0)
                .getJsonArray("messages")
                .getJsonObject(0)
                .getString("content");
        assertThat(system).startsWith("You help people.").contains("Tools that cannot be called now:\n- far: ");
        assertThat(system).doesNotContain(AgentRig.SECRET);
    }

    private List<String> offered() {
        return rig.engine.asked.get(0).getJsonArray("tools").stream()
                .map(tool -> ((JsonObject) tool).getJsonObject("function").getString("name"))
                .toList();
    }

    private static ToolRequestBuilder far(int port) {
        return ToolRequestBuilder.builder()
                .name("far")
                .kind(Tool.Kind.MCP)
                .mcp(new Tool.Mcp("http://127.0.0.1:" + port + "/mcp", null, null, List.of()))
                .secretHeaders(Map.of("X-Api-Key", new SecretRef("weather")));
    }
}
