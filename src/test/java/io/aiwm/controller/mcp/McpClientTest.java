package io.aiwm.controller.mcp;

import static io.aiwm.controller.mcp.ScriptedMcpServer.answer;
import static io.aiwm.controller.mcp.ScriptedMcpServer.event;
import static io.aiwm.controller.mcp.ScriptedMcpServer.result;
import static io.aiwm.controller.mcp.ScriptedMcpServer.text;
import static io.aiwm.controller.mcp.ScriptedMcpServer.tool;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.mcp.ToolInfo;
import io.aiwm.mcp.ToolResult;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Calls of tools of servers of both eras. */
class McpClientTest extends McpClientRig {
    @Test
    void a_server_with_initialize_is_spoken_to_in_its_session() throws Exception {
        server.legacy()
                .on(
                        "tools/call",
                        (asked, response) -> result(asked, response, text("hi").put("isError", true)));
        ToolResult result = done(call("greet", nothing().put("name", "x")));
        assertThat(result.joined()).isEqualTo("hi");
        assertThat(result.isError()).isTrue();
        done(call("greet", nothing()));
        assertThat(server.calls("initialize")).isEqualTo(1);
        ScriptedMcpServer.Seen last = server.seen.get(server.seen.size() - 1);
        assertThat(last.header("Mcp-Session-Id")).isEqualTo("session-1");
        assertThat(last.header("MCP-Protocol-Version")).isEqualTo("2025-11-25");
        assertThat(last.header("Authorization")).isEqualTo("Bearer secret");
    }

    @Test
    void a_session_that_the_server_forgot_is_begun_anew() throws Exception {
        server.legacy().on("tools/call", (asked, response) -> {
            if (asked.header("Mcp-Session-Id").equals("session-1")) {
                response.setStatusCode(404).end();
            } else {
                result(asked, response, text("again"));
            }
        });
        assertThat(done(call("greet", nothing())).joined()).isEqualTo("again");
        assertThat(server.calls("initialize")).isEqualTo(2);
    }

    @Test
    void progress_is_heard_and_a_stream_that_breaks_off_is_taken_up_again() throws Exception {
        var first = new CopyOnWriteArrayList<ScriptedMcpServer.Seen>();
        server.legacy()
                .on("tools/call", (asked, response) -> {
                    first.add(asked);
                    var progress = new JsonObject()
                            .put(
                                    "progressToken",
                                    asked.message()
                                            .getJsonObject("params")
                                            .getJsonObject("_meta")
                                            .getValue("progressToken"))
                            .put("progress", 1)
                            .put("total", 4)
                            .put("message", "one\u001b[31m");
                    response.setChunked(true).putHeader("Content-Type", "text/event-stream");
                    response.end("retry: 10\n: a comment\n"
                            + event(
                                    "e1",
                                    new JsonObject()
                                            .put("jsonrpc", "2.0")
                                            .put("method", "notifications/progress")
                                            .put("params", progress)));
                })
                .on("GET", (asked, response) -> {
                    assertThat(asked.header("Last-Event-ID")).isEqualTo("e1");
                    response.setChunked(true).putHeader("Content-Type", "text/event-stream");
                    response.end(event("e2", answer(first.get(0), text("later"))));
                });
        var heard = new CopyOnWriteArrayList<McpClient.Progress>();
        ToolResult result = done(client.call(server.target(), "slow", nothing(), PATIENCE, heard::add)
                .result());
        assertThat(result.joined()).isEqualTo("later");
        assertThat(heard).containsExactly(new McpClient.Progress(1, 4.0, "one?[31m"));
        assertThat(server.calls("tools/call")).isEqualTo(1);
    }

    @Test
    void a_stateless_server_gets_metadata_headers_and_marked_arguments() throws Exception {
        JsonObject schema = new JsonObject("""
            {"type": "object", "properties": {
              "region": {"type": "string", "x-mcp-header": "Region"},
              "deep": {"type": "object", "properties": {"n": {"type": "integer", "x-mcp-header": "Depth"}}},
              "gone": {"type": "string", "x-mcp-header": "Gone"}}}\
            """);
        JsonObject broken = new JsonObject("""
            {"type": "object", "properties": {"list": {"type": "array", "items": {"type": "string", "x-mcp-header": "A"}}}}\
            """);
        server.modern()
                .on(
                        "tools/list",
                        (asked, response) -> result(
                                asked,
                                response,
                                new JsonObject()
                                        .put("ttlMs", 60_000)
                                        .put(
                                                "tools",
                                                new JsonArray()
                                                        .add(tool("put").put("inputSchema", schema))
                                                        .add(tool("bad").put("inputSchema", broken))
                                                        .add(tool("put"))
                                                        .add(tool("a\nb")))))
                .on(
                        "tools/call",
                        (asked, response) -> result(
                                asked,
                                response,
                                text("ok").put("resultType", "complete").put("structuredContent", 5)));
        ObjectNode arguments = nothing().put("region", "Köln").putNull("gone");
        arguments.putObject("deep").put("n", -7);
        assertThat(done(call("put", arguments)).structured().intValue()).isEqualTo(5);
        ScriptedMcpServer.Seen last = server.seen.get(server.seen.size() - 1);
        assertThat(last.header("Mcp-Method")).isEqualTo("tools/call");
        assertThat(last.header("Mcp-Name")).isEqualTo("put");
        assertThat(last.header("Mcp-Param-Region")).isEqualTo("=?base64?S8O2bG4=?=");
        assertThat(last.header("Mcp-Param-Depth")).isEqualTo("-7");
        assertThat(last.header("Mcp-Param-Gone")).isNull();
        assertThat(last.message()
                        .getJsonObject("params")
                        .getJsonObject("_meta")
                        .getString("io.modelcontextprotocol/protocolVersion"))
                .isEqualTo("2026-07-28");
        // what breaks the rules cannot be used, and spoils nothing else; the list is fresh
        assertThat(done(client.tools(server.target())))
                .extracting(ToolInfo::name)
                .containsExactly("put");
        assertThat(server.calls("tools/list")).isEqualTo(1);
    }

    @Test
    void pages_are_read_to_their_end_and_a_changed_list_anew() throws Exception {
        server.legacy()
                .on("tools/list", (asked, response) -> {
                    boolean second = asked.message().getJsonObject("params").containsKey("cursor");
                    var page = new JsonObject().put("tools", new JsonArray().add(tool(second ? "b" : "a")));
                    result(asked, response, second ? page : page.put("nextCursor", "2"));
                })
                .on("tools/call", (asked, response) -> {
                    response.setChunked(true).putHeader("Content-Type", "text/event-stream");
                    response.end(event(
                                    "1",
                                    new JsonObject()
                                            .put("jsonrpc", "2.0")
                                            .put("method", "notifications/tools/list_changed"))
                            + event("2", answer(asked, text("x"))));
                });
        assertThat(done(client.tools(server.target())))
                .extracting(ToolInfo::name)
                .containsExactly("a", "b");
        done(client.tools(server.target()));
        assertThat(server.calls("tools/list")).isEqualTo(2);
        done(call("a", nothing()));
        done(client.tools(server.target()));
        assertThat(server.calls("tools/list")).isEqualTo(4);
    }
}
