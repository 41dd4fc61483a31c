package io.aiwm.controller.batch;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.inference.Caller;
import io.aiwm.inference.CallerSource;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * Makes the calls of lines at this controller's own gateway, so that they are translated, limited and counted like those of people. The
 * gateway is reached by a port of the loopback interface, where only tickets are known: one for each call, unguessable, good for once.
 */
public final class LineCalls implements CallerSource {
    /** Of an answer. */
    static final int MOST_BYTES = 4 << 20;

    private static final String LOOPBACK = "127.0.0.1";

    private final Map<String, Caller> tickets = new ConcurrentHashMap<>();
    private final Vertx vertx;
    private final BiFunction<Vertx, CallerSource, Handler<HttpServerRequest>> gateway;
    private final int atOnce;
    private final Supplier<Future<Void>> usage;
    private HttpClient client;
    private HttpServer server;

    /**
     * @param gateway makes a handler of calls
     * @param atOnce calls
     * @param usage stores what the calls that have been answered used
     */
    public LineCalls(
            Vertx vertx,
            BiFunction<Vertx, CallerSource, Handler<HttpServerRequest>> gateway,
            int atOnce,
            Supplier<Future<Void>> usage) {
        this.vertx = vertx;
        this.gateway = gateway;
        this.atOnce = atOnce;
        this.usage = usage;
    }

    /**
     * What a call was answered.
     *
     * @param body null: it has more than {@link #MOST_BYTES}
     * @param retryAfterSeconds 0: not said
     */
    record Answer(int status, String requestId, long retryAfterSeconds, Buffer body) {}

    /** A call under way. */
    record Made(Future<Answer> answer, Runnable abort) {}

    /** To be called on the context on which calls are made. */
    Future<Void> open() {
        client = vertx.createHttpClient(
                new HttpClientOptions().setDefaultHost(LOOPBACK).setTcpNoDelay(true),
                new PoolOptions().setHttp1MaxSize(atOnce));
        server = vertx.createHttpServer(new HttpServerOptions().setTcpNoDelay(true))
                .requestHandler(gateway.apply(vertx, this));
        return server.listen(0, LOOPBACK).mapEmpty();
    }

    @Override
    public Future<Caller> verify(String credential) {
        Caller caller = tickets.remove(credential);
        return caller == null
                ? Future.failedFuture(new Failure(Failure.Kind.UNAUTHENTICATED, "the ticket is unknown"))
                : Future.succeededFuture(caller);
    }

    /** The answer fails where there was none. @param path for example {@code /v1/chat/completions} */
    Made call(Caller caller, String path, Buffer body) {
        String ticket = Ids.secret();
        String requestId = Ids.next("req");
        tickets.put(ticket, caller.inBackground());
        Promise<Answer> answer = Promise.promise();
        HttpClientRequest[] sent = new HttpClientRequest[1];
        boolean[] aborted = new boolean[1];
        var options = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setPort(server.actualPort())
                .setURI(path)
                .putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + ticket)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .putHeader("X-Request-Id", requestId);
        client.request(options)
                .compose(request -> {
                    sent[0] = request;
                    if (aborted[0]) {
                        request.reset();
                    }
                    return request.send(body);
                })
                .compose(response -> read(response, requestId))
                .onComplete(answer);
        Context context = vertx.getOrCreateContext();
        return new Made(
                answer.future().onComplete(done -> tickets.remove(ticket)),
                () -> context.runOnContext(turn -> {
                    aborted[0] = true;
                    if (sent[0] != null) {
                        sent[0].reset();
                    }
                }));
    }

    /** Succeeds when the usage of all calls that have been answered is stored. */
    Future<Void> counted() {
        return usage.get();
    }

    private static Future<Answer> read(HttpClientResponse response, String requestId) {
        Promise<Answer> read = Promise.promise();
        Buffer all = Buffer.buffer();
        boolean[] over = new boolean[1];
        response.exceptionHandler(read::tryFail);
        response.handler(piece -> {
            if (all.length() + piece.length() > MOST_BYTES) {
                over[0] = true;
            } else if (!over[0]) {
                all.appendBuffer(piece);
            }
        });
        response.endHandler(end -> read.tryComplete(new Answer(
                response.statusCode(),
                requestId,
                retryAfter(response.getHeader(HttpHeaders.RETRY_AFTER)),
                over[0] ? null : all)));
        return read.future();
    }

    private static long retryAfter(String said) {
        return said != null && said.matches("\\d{1,6}") ? Long.parseLong(said) : 0;
    }

    Future<Void> close() {
        return server == null ? Future.succeededFuture() : client.close().transform(closed -> server.close());
    }
}
