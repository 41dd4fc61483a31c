package io.aiwm.controller.mcp;

import static io.aiwm.controller.mcp.ScriptedMcpServer.answer;
import static io.aiwm.controller.mcp.ScriptedMcpServer.event;
import static io.aiwm.controller.mcp.ScriptedMcpServer.result;
import static io.aiwm.controller.mcp.ScriptedMcpServer.text;
import static io.aiwm.controller.mcp.ScriptedMcpServer.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.mcp.ToolInfo;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Servers of tools that ask, answer too much, or are where they may not be. */
class McpMisuseTest extends McpClientRig {
    private static Failure failure(Future<?> future) {
        return catchThrowableOfType(Failure.class, () -> done(future));
    }

    @Test
    void a_call_that_takes_too_long_or_is_cancelled_is_called_off_at_the_server() {
        server.legacy().on("tools/call", (asked, response) -> {});
        Failure late =
                failure(client.call(server.target(), "slow", nothing(), Duration.ofMillis(300), McpMisuseTest::unheard)
                        .result());
        assertThat(late.kind).isEqualTo(Failure.Kind.TIMEOUT);
        await().until(() -> server.calls("notifications/cancelled") == 1);

        McpClient.ToolCall call = client.call(server.target(), "slow", nothing(), PATIENCE, McpMisuseTest::unheard);
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
