package io.aiwm.controller.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.common.Failure;
import io.aiwm.common.SingleLineText;
import io.aiwm.mcp.RpcMessage;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;

/** One call of a tool, from before it is sent until its result. Safe to use from any thread. */
final class McpCall {
    private static final int LONGEST_MESSAGE = 500;

    private final McpWire wire;
    private final McpTarget target;
    private final Duration timeout;
    private final long id;
    private McpSession session;
    private McpExchange exchange;
    private boolean cancelled;

    McpCall(McpWire wire, McpTarget target, Duration timeout) {
        this.wire = wire;
        this.target = target;
        this.timeout = timeout;
        this.id = wire.nextId();
    }

    /** Also the token of its progress. */
    long id() {
        return id;
    }

    Future<McpExchange.Came> start(
            McpSession with, ObjectNode params, String tool, Map<String, String> headers, Consumer<RpcMessage> heard) {
        ObjectNode json = RpcMessage.request(id, "tools/call", params);
        return wire.exchange(target, new McpWire.Message(with, json, tool, headers, timeout, message -> {
                    heard.accept(message);
                    refuse(with, message);
                }))
                .compose(made -> begun(with, made) ? made.start() : Future.failedFuture(wasCancelled()))
                .onComplete(over -> done())
                .onFailure(cause -> {
                    if (Failure.of(cause).kind == Failure.Kind.TIMEOUT) {
                        tellCancelled(with, "it took too long");
                    }
                });
    }

    private synchronized boolean begun(McpSession with, McpExchange made) {
        session = with;
        exchange = made;
        return !cancelled;
    }

    private synchronized void done() {
        exchange = null;
    }

    /** A server with {@code initialize} may ask its client things; this one offers nothing, and says so. */
    private void refuse(McpSession with, RpcMessage message) {
        if (message.isRequest() && !with.isModern()) {
            ObjectNode json = JsonNodeFactory.instance.objectNode().put("jsonrpc", "2.0");
            json.set("id", message.id());
            if (message.method().equals("ping")) {
                json.putObject("result");
            } else {
                json.putObject("error").put("code", -32601).put("message", "Method not found");
            }
            wire.tell(target, with, json);
        }
    }

    void progress(RpcMessage heard, Consumer<McpClient.Progress> progress) {
        JsonNode params = heard.params();
        if ("notifications/progress".equals(heard.method())
                && params.path("progressToken").isIntegralNumber()
                && params.path("progressToken").longValue() == id) {
            JsonNode total = params.path("total");
            String message = params.path("message").textValue();
            progress.accept(new McpClient.Progress(
                    params.path("progress").asDouble(),
                    total.isNumber() ? total.doubleValue() : null,
                    message == null ? null : SingleLineText.of(message, LONGEST_MESSAGE)));
        }
    }

    void cancel() {
        McpSession with;
        synchronized (this) {
            if (cancelled) {
                return;
            }
            cancelled = true;
            if (exchange == null) {
                return;
            }
            exchange.cancel();
            with = session;
        }
        tellCancelled(with, "it is not wanted any more");
    }

    /** Of the stateless revision the end of the connection says the same. */
    private void tellCancelled(McpSession with, String reason) {
        if (!with.isModern()) {
            ObjectNode params =
                    JsonNodeFactory.instance.objectNode().put("requestId", id).put("reason", reason);
            wire.tell(target, with, RpcMessage.notification("notifications/cancelled", params));
        }
    }

    private static Failure wasCancelled() {
        return new Failure(Failure.Kind.UNAVAILABLE, "the call was cancelled");
    }
}
