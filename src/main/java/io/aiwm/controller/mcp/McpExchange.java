package io.aiwm.controller.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.common.Failure;
import io.aiwm.mcp.ProtocolRevision;
import io.aiwm.mcp.RpcError;
import io.aiwm.mcp.RpcMessage;
import io.aiwm.mcp.RpcReader;
import io.aiwm.mcp.SseReader;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * One message to a server and what comes back: an answer as JSON, or a stream of events that ends with it. A stream that breaks
 * off is taken up again where the server offers it. Bounded in bytes and time; runs on the context that started it.
 */
final class McpExchange {
    static final int MOST_BYTES = 4 * 1024 * 1024;

    private static final int MOST_STREAMED = 4 * MOST_BYTES;
    private static final int MOST_RESUMED = 5;
    private static final long RESUME_MILLIS = 1_000;
    private static final long LONGEST_RESUME_MILLIS = 30_000;

    private final Vertx vertx;
    private final HttpClient client;
    private final Wire wire;
    private final Context context;
    private final Promise<Came> promise = Promise.promise();
    private final Buffer body = Buffer.buffer();
    private final SseReader events = new SseReader(MOST_BYTES, this::event);
    private HttpClientRequest request;
    private HttpClientResponse response;
    private long timer;
    private int streamed;
    private int resumed;
    private boolean over;
    /** Whether all that came has been read, so that the connection can be used again. */
    private boolean ended;

    private String session;

    /**
     * What is sent, and where to.
     *
     * @param headers those of the protocol
     * @param message null: nothing
     * @param resumable whether a stream may be taken up again with {@code Last-Event-ID}
     * @param heard what the server says besides its answer: notifications, and requests of its own
     */
    record Wire(
            RequestOptions to,
            Map<String, String> headers,
            ObjectNode message,
            Duration timeout,
            boolean resumable,
            Consumer<RpcMessage> heard) {}

    /**
     * What came back.
     *
     * @param message null: no message of JSON-RPC
     * @param session that the server began; null: none
     */
    record Came(int status, RpcMessage message, String session) {
        boolean isResult() {
            return message != null && message.result() != null;
        }

        /** 0: it is no error of JSON-RPC. */
        int errorCode() {
            return message == null || message.error() == null
                    ? 0
                    : message.error().path("code").asInt();
        }
    }

    McpExchange(Vertx vertx, HttpClient client, Wire wire) {
        this.vertx = vertx;
        this.client = client;
        this.wire = wire;
        this.context = vertx.getOrCreateContext();
    }

    /** Fails with TIMEOUT, UNAVAILABLE or TOO_LARGE. */
    Future<Came> start() {
        context.runOnContext(go -> {
            timer = vertx.setTimer(
                    wire.timeout().toMillis(),
                    late -> fail(
                            Failure.Kind.TIMEOUT,
                            "the MCP server gave no answer in " + wire.timeout().toSeconds() + " s"));
            send(HttpMethod.POST);
        });
        return promise.future();
    }

    /** Ends it from any thread. */
    void cancel() {
        context.runOnContext(go -> fail(Failure.Kind.UNAVAILABLE, "the call was cancelled"));
    }

    private void send(HttpMethod method) {
        boolean first = method.equals(HttpMethod.POST);
        var options = new RequestOptions(wire.to()).setMethod(method);
        wire.headers().forEach(options::putHeader);
        options.putHeader("Accept", first ? "application/json, text/event-stream" : "text/event-stream");
        if (first) {
            options.putHeader("Content-Type", "application/json");
        } else {
            options.putHeader("Last-Event-ID", events.lastId());
        }
        client.request(options)
                .compose(made -> {
                    request = made;
                    return first ? made.send(wire.message().toString()) : made.send();
                })
                .onSuccess(this::read)
                .onFailure(this::broken);
    }

    private void read(HttpClientResponse came) {
        if (over) {
            request.reset();
            return;
        }
        response = came;
        session = session == null ? came.getHeader(ProtocolRevision.HEADER_SESSION) : session;
        came.exceptionHandler(this::broken);
        String type = came.getHeader("Content-Type");
        if (type != null && type.toLowerCase(Locale.ROOT).startsWith("text/event-stream") && came.statusCode() == 200) {
            came.handler(this::stream);
            came.endHandler(end -> broken(null));
            return;
        }
        if (resumed > 0) {
            fail(Failure.Kind.UNAVAILABLE, "the MCP server does not go on with a stream that broke off");
            return;
        }
        came.handler(piece -> {
            if (body.length() + piece.length() > MOST_BYTES) {
                fail(Failure.Kind.TOO_LARGE, "the answer of the MCP server is larger than " + MOST_BYTES + " bytes");
            } else {
                body.appendBuffer(piece);
            }
        });
        came.endHandler(end -> {
            ended = true;
            whole();
        });
    }

    /** An answer that is no JSON-RPC says what it says with its status. */
    private void whole() {
        RpcMessage message = null;
        try {
            message = body.length() == 0 ? null : RpcReader.read(body.getBytes());
        } catch (RpcError none) {
            if (response.statusCode() == 200) {
                fail(Failure.Kind.UNPROCESSABLE, "the MCP server answers with what is no JSON-RPC");
                return;
            }
        }
        came(message);
    }

    private void stream(Buffer piece) {
        streamed += piece.length();
        try {
            if (streamed > MOST_STREAMED) {
                throw new IllegalStateException("the stream is longer than " + MOST_STREAMED + " bytes");
            }
            events.feed(piece.getBytes());
        } catch (IllegalStateException large) {
            fail(Failure.Kind.TOO_LARGE, "of the MCP server: " + large.getMessage());
        }
    }

    private void event(SseReader.Event event) {
        if (over || event.data().isEmpty()) {
            return;
        }
        RpcMessage message;
        try {
            message = RpcReader.read(event.data().getBytes(StandardCharsets.UTF_8));
        } catch (RpcError none) {
            fail(Failure.Kind.UNPROCESSABLE, "the MCP server sends what is no JSON-RPC");
            return;
        }
        if (!message.isAnswer()) {
            wire.heard().accept(message);
        } else if (isMine(message.id())) {
            came(message);
        }
    }

    private boolean isMine(JsonNode id) {
        JsonNode mine = wire.message().path("id");
        return id != null && id.isIntegralNumber() && id.longValue() == mine.longValue();
    }

    /** The stream or the connection ended without an answer. */
    private void broken(Throwable cause) {
        if (over) {
            return;
        }
        if (!wire.resumable() || events.lastId() == null || resumed >= MOST_RESUMED) {
            fail(
                    Failure.Kind.UNAVAILABLE,
                    cause == null || response != null
                            ? "the MCP server ended before its answer"
                            : "the MCP server cannot be reached");
            return;
        }
        resumed++;
        long wait =
                events.retryMillis() == null ? RESUME_MILLIS : Math.min(events.retryMillis(), LONGEST_RESUME_MILLIS);
        vertx.setTimer(Math.max(1, wait), go -> {
            if (!over) {
                send(HttpMethod.GET);
            }
        });
    }

    private void came(RpcMessage message) {
        if (end()) {
            promise.complete(new Came(response.statusCode(), message, session));
        }
    }

    private void fail(Failure.Kind kind, String why) {
        if (end()) {
            promise.fail(new Failure(kind, why));
        }
    }

    private boolean end() {
        if (over) {
            return false;
        }
        over = true;
        vertx.cancelTimer(timer);
        // a stream may go on after its answer; nothing more of it is wanted
        if (request != null && (response == null || !ended)) {
            request.reset();
        }
        return true;
    }
}
