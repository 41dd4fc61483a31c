package io.aiwm.controller.mcp;

import io.aiwm.common.Failure;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntSupplier;

/**
 * The API of this controller, called over its own port with the credential that the caller sent: the same router, checks,
 * limits and console lines as any other request, and no second place that decides who may do what. Nothing leaves this process.
 */
public final class OwnApi {
    /** Calls under way at once; those that come then wait for one to end. */
    private static final int MOST_CALLS = 256;

    private static final int MOST_WAITING = 1_000;
    private static final int CONNECT_MILLIS = 5_000;
    /** Well before the port closes a connection that is idle. */
    private static final int KEEP_SECONDS = 5;

    private final Vertx vertx;
    private final HttpClient client;
    private final String host;
    private final IntSupplier port;
    private final int mostBytes;
    private final Duration patience;

    /**
     * @param listensAt the address that the port is bound to
     * @param port the one that was really opened
     * @param mostBytes of an answer
     * @param patience with an answer, besides what its caller wants to wait
     */
    public OwnApi(Vertx vertx, String listensAt, IntSupplier port, int mostBytes, Duration patience) {
        this.vertx = vertx;
        this.host = switch (listensAt) {
            case "0.0.0.0" -> "127.0.0.1";
            case "::", "[::]" -> "::1";
            default -> listensAt;
        };
        this.port = port;
        this.mostBytes = mostBytes;
        this.patience = patience;
        this.client = vertx.createHttpClient(
                new HttpClientOptions().setConnectTimeout(CONNECT_MILLIS).setKeepAliveTimeout(KEEP_SECONDS),
                new PoolOptions().setHttp1MaxSize(MOST_CALLS).setMaxWaitQueueSize(MOST_WAITING));
    }

    /**
     * What the API answered.
     *
     * @param text the body; null: it is no text
     * @param whole whether the text is all of it
     */
    record Answer(int status, String type, String text, boolean whole) {
        boolean isGood() {
            return status >= 200 && status < 300;
        }
    }

    /** A call under way. */
    final class Call {
        private final Promise<Answer> answer = Promise.promise();
        private final Context context = vertx.getOrCreateContext();
        private final Buffer body = Buffer.buffer();
        private HttpClientRequest request;
        private HttpClientResponse response;
        private long timer;
        private boolean over;

        Future<Answer> answer() {
            return answer.future();
        }

        /** Whoever waits for the answer is gone, or has said so. On any thread. */
        void cancel() {
            context.runOnContext(
                    go -> end(Future.failedFuture(new Failure(Failure.Kind.UNAVAILABLE, "the call was cancelled"))));
        }

        private void start(CallArguments arguments, Map<String, String> more) {
            timer = vertx.setTimer(patience.plusSeconds(arguments.waitSeconds()).toMillis(), late -> late());
            var options = new RequestOptions()
                    .setMethod(HttpMethod.valueOf(arguments.method()))
                    .setHost(host)
                    .setPort(port.getAsInt())
                    .setURI(arguments.uri());
            arguments.headers().forEach(options::putHeader);
            more.forEach(options::putHeader);
            client.request(options)
                    .compose(made -> {
                        request = made;
                        if (over) {
                            made.reset();
                        }
                        return arguments.body() == null
                                ? made.send()
                                : made.putHeader("Content-Type", "application/json")
                                        .send(Buffer.buffer(arguments.body().toString()));
                    })
                    .onSuccess(this::read)
                    .onFailure(cause -> end(Future.failedFuture(cause)));
        }

        private void read(HttpClientResponse came) {
            response = came;
            if (!isText(type())) {
                end(Future.succeededFuture(new Answer(came.statusCode(), type(), null, false)));
                return;
            }
            came.exceptionHandler(broken -> end(Future.failedFuture(broken)));
            came.handler(piece -> {
                int room = mostBytes - body.length();
                body.appendBuffer(piece.length() <= room ? piece : piece.getBuffer(0, room));
                if (piece.length() > room) {
                    end(part(false));
                }
            });
            came.endHandler(end -> end(part(true)));
        }

        /** An answer that goes on has said something until now; one that has not begun has not. */
        private void late() {
            end(
                    body.length() > 0
                            ? part(false)
                            : Future.failedFuture(new Failure(
                                    Failure.Kind.TIMEOUT,
                                    "no answer in time; the work may or may not have been done: look first")));
        }

        private Future<Answer> part(boolean whole) {
            return Future.succeededFuture(new Answer(response.statusCode(), type(), body.toString(), whole));
        }

        private String type() {
            String type = response.getHeader("Content-Type");
            return type == null ? "" : type;
        }

        private void end(Future<Answer> outcome) {
            if (over) {
                return;
            }
            over = true;
            vertx.cancelTimer(timer);
            answer.handle(outcome);
            if (request != null && (outcome.failed() || !outcome.result().whole())) {
                request.reset();
            }
        }
    }

    /** Begins a call. @param headers further ones: who calls, and what the request is named */
    Call call(CallArguments arguments, Map<String, String> headers) {
        var call = new Call();
        call.start(arguments, headers);
        return call;
    }

    /** Whether a model can read it; nothing at all is read as well. */
    static boolean isText(String contentType) {
        String type = contentType.toLowerCase(Locale.ROOT);
        return type.isEmpty()
                || type.startsWith("text/")
                || type.startsWith("application/json")
                || type.startsWith("application/problem+json")
                || type.startsWith("application/x-ndjson")
                || type.startsWith("application/yaml");
    }

    public Future<Void> close() {
        return client.close();
    }
}
