package io.aiwm.controller.mcp;

import static io.aiwm.controller.mcp.ScriptedMcpServer.answer;
import static io.aiwm.controller.mcp.ScriptedMcpServer.event;
import static io.aiwm.controller.mcp.ScriptedMcpServer.result;
import static io.aiwm.controller.mcp.ScriptedMcpServer.text;
import static io.aiwm.controller.mcp.ScriptedMcpServer.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.common.Failure;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.mcp.ToolInfo;
import io.aiwm.mcp.ToolResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls of tools of servers of both eras, and of servers that do what they may not. */
@Timeout(60)
class McpClientTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Vertx vertx = Vertx.vertx();
    private final ScriptedMcpServer server = new ScriptedMcpServer(vertx);
    private final McpClient client = new McpClient(vertx, List.of("127.0.0.1"), name -> List.of());

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.await(20, TimeUnit.SECONDS);
    }

    private static Failure failure(Future<?> future) {
        return catchThrowableOfType(Failure.class, () -> done(future));
    }

    private Future<ToolResult> call(String name, ObjectNode arguments) {
        return client.call(server.target(), name, arguments, PATIENCE, McpClientTest::unheard)
                .result();
    }

    private static void unheard(McpClient.Progress progress) {}

    private static ObjectNode nothing() {
        return JsonNodeFactory.instance.objectNode();
    }

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

    @Test
    void a_call_that_takes_too_long_or_is_cancelled_is_called_off_at_the_server() {
        server.legacy().on("tools/call", (asked, response) -> {});
        Failure late =
                failure(client.call(server.target(), "slow", nothing(), Duration.ofMillis(300), McpClientTest::unheard)
                        .result());
        assertThat(late.kind).isEqualTo(Failure.Kind.TIMEOUT);
        await().until(() -> server.calls("notifications/cancelled") == 1);

        McpClient.ToolCall call = client.call(server.target(), "slow", nothing(), PATIENCE, McpClientTest::unheard);
        await().until(() -> server.calls("tools/call") == 2);
        call.cancel().run();
        assertThat(failure(call.result()).getMessage()).contains("cancelled");
        await().until(() -> server.calls("notifications/cancelled") == 2);
        JsonObject told = server.seen.get(server.seen.size() - 1).message().getJsonObject("params");
        assertThat(told.getLong("requestId"))
                .isEqualTo(server.seen.stream()
                        .filter(one -> "tools/call".equals(one.message().getString("method")))
                        .reduce((a, b) -> b)
                        .orElseThrow()
                        .message()
                        .getLong("id"));
    }

    @Test
    void what_a_server_asks_of_its_client_is_refused() throws Exception {
        server.legacy()
                .on("POST", (asked, response) -> response.setStatusCode(202).end())
                .on("tools/call", (asked, response) -> {
                    response.setChunked(true).putHeader("Content-Type", "text/event-stream");
                    response.end(event(
                                    "1",
                                    new JsonObject()
                                            .put("jsonrpc", "2.0")
                                            .put("id", "s1")
                                            .put("method", "sampling/createMessage")
                                            .put("params", new JsonObject()))
                            + event("2", answer(asked, text("x"))));
                });
        done(call("a", nothing()));
        await().until(() -> server.seen.stream().anyMatch(one -> "s1".equals(one.id())));
        JsonObject refused = server.seen.stream()
                .filter(one -> "s1".equals(one.id()))
                .findFirst()
                .orElseThrow()
                .message();
        assertThat(refused.getJsonObject("error").getInteger("code")).isEqualTo(-32601);
    }

    @Test
    void answers_that_are_too_large_or_none_end_the_call() {
        server.legacy();
        server.on(
                "tools/list",
                (asked, response) -> result(
                        asked,
                        response,
                        new JsonObject().put("tools", new JsonArray()).put("nextCursor", "x")));
        assertThat(failure(client.tools(server.target())).kind).isEqualTo(Failure.Kind.TOO_LARGE);
        assertThat(server.calls("tools/list")).isEqualTo(50);

        server.on("tools/call", (asked, response) -> result(asked, response, text("x".repeat(McpExchange.MOST_BYTES))));
        assertThat(failure(call("a", nothing())).kind).isEqualTo(Failure.Kind.TOO_LARGE);
        server.on("tools/call", (asked, response) -> {
            response.setChunked(true).putHeader("Content-Type", "text/event-stream");
            response.write("data: " + "x".repeat(McpExchange.MOST_BYTES + 1));
        });
        assertThat(failure(call("a", nothing())).kind).isEqualTo(Failure.Kind.TOO_LARGE);
        server.on("tools/call", (asked, response) -> response.end("<html>"));
        assertThat(failure(call("a", nothing())).getMessage()).contains("no JSON-RPC");
        server.on("tools/call", (asked, response) -> response.reset());
        assertThat(failure(call("a", nothing())).kind).isEqualTo(Failure.Kind.UNAVAILABLE);
        server.on(
                "tools/call",
                (asked, response) -> result(asked, response, new JsonObject().put("resultType", "input_required")));
        assertThat(failure(call("a", nothing())).getMessage()).contains("no result of a tool");
        server.on(
                "tools/call",
                (asked, response) -> response.setStatusCode(302)
                        .putHeader("Location", "/other")
                        .end());
        assertThat(failure(call("a", nothing())).getMessage()).contains("status 302");
        server.on("tools/call", (asked, response) -> response.setStatusCode(401).end());
        assertThat(failure(call("a", nothing())).getMessage())
                .contains("refuses the credential")
                .doesNotContain("secret");
    }

    @Test
    void internal_addresses_are_reached_only_where_they_are_allowed_or_ours() throws Exception {
        server.modern()
                .on(
                        "tools/list",
                        (asked, response) ->
                                result(asked, response, new JsonObject().put("tools", new JsonArray().add(tool("a")))));
        var strict = new McpClient(
                vertx,
                List.of(),
                name -> name.equals("ours")
                        ? List.of(new GatewayConfig.Replica("c", 0, "n", "127.0.0.1", server.port(), Instant.EPOCH))
                        : List.of());
        for (String host :
                List.of("127.0.0.1", "localhost", "[::1]", "169.254.169.254", "0.0.0.0", "[::ffff:10.0.0.1]")) {
            var target = McpTarget.external(
                    URI.create("http://" + host + ":" + server.port() + "/mcp"),
                    Map.of("Authorization", "Bearer secret"));
            assertThat(failure(strict.tools(target)).getMessage()).as(host).contains("internal address");
        }
        assertThat(server.seen).isEmpty();
        assertThat(done(strict.tools(McpTarget.deployment("ours", "/mcp", Map.of()))))
                .extracting(ToolInfo::name)
                .containsExactly("a");
        assertThat(failure(strict.tools(McpTarget.deployment("none", "/mcp", Map.of()))).kind)
                .isEqualTo(Failure.Kind.UNAVAILABLE);
    }
}
