package io.aiwm.inference;

import io.aiwm.inference.route.GatewayConfig;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An engine that does what a test says, also what no engine should. */
final class ScriptedUpstream {
    static final String ANSWER = "{\"id\":\"c1\",\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":"
            + "{\"role\":\"assistant\",\"content\":\"hello\"},\"finish_reason\":\"stop\"}],"
            + "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10}}";

    final int port;
    /** What it was sent, in order. */
    final BlockingQueue<Seen> seen = new LinkedBlockingQueue<>();
    /** Connections of requests that ended before their answer had. */
    final BlockingQueue<Long> cancelled = new LinkedBlockingQueue<>();

    private volatile Handler<HttpServerRequest> script;
    private volatile HttpServerRequest last;

    record Seen(String method, String uri, MultiMap headers, Buffer body) {}

    ScriptedUpstream(Vertx vertx) throws Exception {
        HttpServer server = vertx.createHttpServer(new HttpServerOptions().setMaxWebSocketFrameSize(1 << 20))
                .requestHandler(this::handle)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
        port = server.actualPort();
        answers(200, "application/json", ANSWER);
    }

    /** Loses the connection of the last request. */
    void cut() {
        last.connection().close();
    }

    private void handle(HttpServerRequest request) {
        last = request;
        request.response().exceptionHandler(gone -> {});
        request.connection().closeHandler(closed -> {
            if (!request.response().ended()) {
                cancelled.add(System.nanoTime());
            }
        });
        script.handle(request);
    }

    /** Takes the whole request first. */
    void does(Handler<HttpServerResponse> then) {
        script = request -> request.body().onSuccess(body -> {
            seen.add(new Seen(request.method().name(), request.uri(), request.headers(), body));
            then.handle(request.response());
        });
    }

    void doesAtOnce(Handler<HttpServerRequest> then) {
        script = then;
    }

    void answers(int status, String type, String body) {
        does(response ->
                response.setStatusCode(status).putHeader("Content-Type", type).end(body));
    }

    /** A stream of these events, whole. */
    void streams(String... events) {
        does(response -> {
            begin(response);
            for (String each : events) {
                response.write("data: " + each + "\n\n");
            }
            response.end();
        });
    }

    static void begin(HttpServerResponse response) {
        response.setChunked(true).putHeader("Content-Type", "text/event-stream; charset=utf-8");
    }

    Seen next() throws InterruptedException {
        Seen next = seen.poll(10, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("the upstream was not called");
        }
        return next;
    }

    GatewayConfig.Replica replica(String id) {
        return replica(id, port);
    }

    static GatewayConfig.Replica replica(String id, int port) {
        return new GatewayConfig.Replica(id, 0, "node_" + id, "127.0.0.1", port, Instant.EPOCH);
    }

    static String chunk(String text) {
        return "{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\""
                + text + "\"}}]}";
    }

    static final String USAGE_CHUNK =
            "{\"id\":\"c1\",\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2,\"total_tokens\":9}}";
}
