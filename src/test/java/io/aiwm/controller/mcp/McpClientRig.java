package io.aiwm.controller.mcp;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.mcp.ToolResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/** A client of tools, and a server that does as it is told. */
@Timeout(60)
abstract class McpClientRig {
    static final Duration PATIENCE = Duration.ofSeconds(20);

    final Vertx vertx = Vertx.vertx();
    final ScriptedMcpServer server = new ScriptedMcpServer(vertx);
    final McpClient client = new McpClient(vertx, List.of("127.0.0.1"), name -> List.of());

    @AfterEach
    void close() {
        vertx.close().await();
    }

    static <T> T done(Future<T> future) throws Exception {
        return future.await(20, TimeUnit.SECONDS);
    }

    Future<ToolResult> call(String name, ObjectNode arguments) {
        return client.call(server.target(), name, arguments, PATIENCE, McpClientRig::unheard)
                .result();
    }

    static void unheard(McpClient.Progress progress) {}

    static ObjectNode nothing() {
        return JsonNodeFactory.instance.objectNode();
    }
}
