package io.aiwm.controller.mcp;

import static io.aiwm.controller.mcp.ScriptedMcpServer.result;
import static io.aiwm.controller.mcp.ScriptedMcpServer.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.aiwm.common.Failure;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.mcp.ToolResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sessions of servers that are replaced or restarted. */
@Timeout(60)
class McpSessionsTest {
    private static final String NO_SESSION =
            "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32000,\"message\":\"Bad Request: No valid session ID provided\"},\"id\":null}";

    private final Vertx vertx = Vertx.vertx();
    private final AtomicReference<List<GatewayConfig.Replica>> containers = new AtomicReference<>(List.of());
    private final McpClient client = new McpClient(vertx, List.of(), name -> containers.get());

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private static GatewayConfig.Replica container(String id, ScriptedMcpServer server) {
        return new GatewayConfig.Replica(id, 0, "n", "127.0.0.1", server.port(), Instant.EPOCH);
    }

    private Future<ToolResult> call() {
        return client.call(
                        McpTarget.deployment("ours", "/mcp", Map.of()),
                        "greet",
                        JsonNodeFactory.instance.objectNode(),
                        Duration.ofSeconds(10),
                        progress -> {})
                .result();
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.await(20, TimeUnit.SECONDS);
    }

    /** It knows one session, and answers others as servers made with the official SDK do. */
    private ScriptedMcpServer server(String says, AtomicReference<String> session) {
        var server = new ScriptedMcpServer(vertx).legacy();
        return server.on("tools/call", (asked, response) -> {
            if (asked.header("Mcp-Session-Id").equals(session.get())) {
                result(asked, response, text(says));
            } else {
                response.setStatusCode(400)
                        .putHeader("Content-Type", "application/json")
                        .end(NO_SESSION);
            }
        });
    }

    @Test
    void a_server_that_was_restarted_and_says_so_with_400_is_begun_with_anew() throws Exception {
        var known = new AtomicReference<>("session-1");
        ScriptedMcpServer server = server("one", known);
        containers.set(List.of(container("c1", server)));
        assertThat(done(call()).joined()).isEqualTo("one");
        known.set("session-2");
        assertThat(done(call()).joined()).isEqualTo("one");
        assertThat(server.calls("initialize")).isEqualTo(2);
        assertThat(server.calls("tools/call")).isEqualTo(3);
    }

    @Test
    void a_container_in_the_place_of_another_gets_a_session_of_its_own() throws Exception {
        ScriptedMcpServer first = server("first", new AtomicReference<>("session-1"));
        ScriptedMcpServer second = server("second", new AtomicReference<>("session-1"));
        containers.set(List.of(container("c1", first)));
        assertThat(done(call()).joined()).isEqualTo("first");
        containers.set(List.of(container("c2", second)));
        assertThat(done(call()).joined()).isEqualTo("second");
        assertThat(second.seen)
                .extracting(one -> one.message().getString("method"))
                .containsExactly("server/discover", "initialize", "notifications/initialized", "tools/call");
    }

    @Test
    void without_a_container_a_call_fails_and_names_the_deployment() {
        Failure failure = catchThrowableOfType(Failure.class, () -> done(call()));
        assertThat(failure.kind).isEqualTo(Failure.Kind.UNAVAILABLE);
        assertThat(failure.getMessage()).isEqualTo("deployment ours has no container that is ready");
    }
}
