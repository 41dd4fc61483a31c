package io.aiwm.testing;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** A server that tools call. It remembers what it is asked, and answers as it is told. */
public final class ToolServer implements AutoCloseable {
    private final HttpServer server;
    public final List<Asked> asked = new CopyOnWriteArrayList<>();
    public final BlockingQueue<String> given = new LinkedBlockingQueue<>();
    /** Answers to come first, with these; 0 lets a request wait for ever. */
    public final BlockingQueue<Integer> statuses = new LinkedBlockingQueue<>();

    public final AtomicInteger atOnce = new AtomicInteger();
    public final AtomicInteger mostAtOnce = new AtomicInteger();
    public volatile long delayMillis;
    public volatile String answer = "{\"degrees\":21}";

    public record Asked(String method, String uri, String authorization, String apiKey, String key, String body) {}

    public ToolServer(Vertx vertx) {
        server = vertx.createHttpServer()
                .requestHandler(request -> handle(vertx, request))
                .listen(0, "127.0.0.1")
                .await();
    }

    public int port() {
        return server.actualPort();
    }

    public long times(String uri) {
        return asked.stream().filter(one -> one.uri().equals(uri)).count();
    }

    private void handle(Vertx vertx, HttpServerRequest request) {
        mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
        request.response().exceptionHandler(gone -> {});
        request.response().closeHandler(closed -> given.add(request.uri()));
        request.body().onSuccess(body -> {
            asked.add(new Asked(
                    request.method().name(),
                    request.uri(),
                    request.getHeader("Authorization"),
                    request.getHeader("X-Api-Key"),
                    request.getHeader("Idempotency-Key"),
                    body.toString()));
            Integer status = statuses.poll();
            if (status != null && status == 0) {
                return;
            }
            if (delayMillis > 0) {
                vertx.setTimer(delayMillis, due -> answer(request, status));
            } else {
                answer(request, status);
            }
        });
    }

    private void answer(HttpServerRequest request, Integer status) {
        atOnce.decrementAndGet();
        var response = request.response().setStatusCode(status == null ? 200 : status);
        if (status != null && status / 100 == 3) {
            response.putHeader("Location", "http://127.0.0.1:" + port() + "/elsewhere");
        }
        response.end(answer);
    }

    @Override
    public void close() {
        server.close().await();
    }
}
