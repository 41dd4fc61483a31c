package io.aiwm.controller.mcp;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.mcp.RpcError;
import io.aiwm.mcp.RpcMessage;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerResponse;
import java.util.function.Consumer;

/**
 * What goes back to the client.
 *
 * @param status of HTTP
 * @param message never fails; null: an empty answer, or a stream
 * @param stream writes an event stream and ends it; null: none
 */
public record McpReply(int status, Future<ObjectNode> message, Consumer<HttpServerResponse> stream) {
    private static final int ACCEPTED = 202;

    static McpReply of(ObjectNode message) {
        return later(Future.succeededFuture(message));
    }

    static McpReply later(Future<ObjectNode> message) {
        return new McpReply(200, message, null);
    }

    static McpReply accepted() {
        return new McpReply(ACCEPTED, null, null);
    }

    static McpReply stream(Consumer<HttpServerResponse> writer) {
        return new McpReply(200, null, writer);
    }

    public static McpReply refusal(RpcError cause) {
        return new McpReply(cause.status, Future.succeededFuture(RpcMessage.refusal(cause)), null);
    }
}
