package io.aiwm.controller.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.common.Monotonic;
import io.aiwm.mcp.RpcMessage;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;

/** The event stream of one request: progress while its answer is waited for, then the answer. */
final class McpStream {
    /** How often progress is told. Without a token it is a comment, which keeps proxies from closing the connection. */
    private static final Duration TOLD_EVERY = Duration.ofSeconds(1);

    private final Vertx vertx;
    private final JsonNode token;
    private final int waitSeconds;
    private final long since = Monotonic.millis();

    /**
     * @param token of progress; null: it is not wanted
     * @param waitSeconds that the call may take; 0: not said
     */
    McpStream(Vertx vertx, JsonNode token, int waitSeconds) {
        this.vertx = vertx;
        this.token = token;
        this.waitSeconds = waitSeconds;
    }

    /** @param answer the last message; it never fails, and is known on the event loop of the request */
    void write(HttpServerResponse response, Future<ObjectNode> answer) {
        response.setChunked(true).putHeader("X-Accel-Buffering", "no").writeHead();
        long timer = vertx.setPeriodic(TOLD_EVERY.toMillis(), tick -> {
            if (!response.ended() && !response.closed() && !response.writeQueueFull()) {
                response.write(token == null ? ": waiting\n\n" : event(progress()));
            }
        });
        answer.onComplete(known -> {
            vertx.cancelTimer(timer);
            if (!response.ended() && !response.closed()) {
                response.end(event(known.result()));
            }
        });
    }

    private ObjectNode progress() {
        long seconds = (Monotonic.millis() - since) / 1_000;
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        params.set("progressToken", token);
        params.put("progress", seconds);
        if (waitSeconds > 0) {
            params.put("total", waitSeconds);
        }
        params.put("message", "waiting for " + seconds + " s");
        return RpcMessage.notification("notifications/progress", params);
    }

    private static String event(ObjectNode message) {
        return "event: message\ndata: " + message + "\n\n";
    }
}
