package io.aiwm.controller.agent;

import io.aiwm.common.AllowedHosts;
import io.aiwm.common.Failure;
import io.aiwm.common.Failure.FieldError;
import io.aiwm.common.HostAddresses;
import io.aiwm.common.HttpStatus;
import io.aiwm.controller.agent.ToolStep.Result;
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
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Calls of tools of kind HTTP. An address is judged when it is connected to, and it is the judged address that is connected to; a
 * redirect is an answer and is not followed. The secret is read right before the call and goes nowhere else.
 */
final class HttpToolCalls {
    static final int MOST_ANSWER_BYTES = 64 * 1024;
    private static final int CONNECT_MILLIS = 5_000;
    private static final int MOST_CONNECTIONS = 64;
    private static final int MOST_WAITING = 256;
    private static final long PAUSE_MILLIS = 500;

    private final Vertx vertx;
    private final ToolSecrets secrets;
    private final AllowedHosts hosts;
    private final HttpClient client;

    /** @param allowed hosts that may be reached although they are internal */
    HttpToolCalls(Vertx vertx, ToolSecrets secrets, List<String> allowed) {
        this.vertx = vertx;
        this.secrets = secrets;
        this.hosts = new AllowedHosts(vertx, allowed);
        this.client = vertx.createHttpClient(
                new HttpClientOptions().setConnectTimeout(CONNECT_MILLIS),
                new PoolOptions().setHttp1MaxSize(MOST_CONNECTIONS).setMaxWaitQueueSize(MOST_WAITING));
    }

    /** @param key the same for each try of this call */
    RunningCall begin(Tool tool, JsonObject arguments, String key) {
        var call = new OneCall(tool, arguments, key);
        call.next();
        return new RunningCall(call.promise.future(), call::cancel);
    }

    private final class OneCall {
        private final Tool tool;
        private final JsonObject arguments;
        private final String key;
        private final Promise<Result> promise = Promise.promise();
        private volatile HttpClientRequest request;
        private volatile boolean cancelled;
        private int left;

        OneCall(Tool tool, JsonObject arguments, String key) {
            this.tool = tool;
            this.arguments = arguments;
            this.key = key;
            this.left = tool.idempotent() ? tool.retries() : 0;
        }

        void next() {
            Future.succeededFuture()
                    .compose(go -> once())
                    .timeout(tool.timeoutMs(), java.util.concurrent.TimeUnit.MILLISECONDS)
                    .onComplete(done -> {
                        if (cancelled) {
                            promise.tryFail(Failure.conflict("cancelled"));
                        } else if (done.succeeded()) {
                            answered(done.result());
                        } else {
                            lost(done.cause());
                        }
                    });
        }

        void cancel() {
            cancelled = true;
            reset();
            promise.tryFail(Failure.conflict("cancelled"));
        }

        private void reset() {
            HttpClientRequest now = request;
            if (now != null) {
                now.reset();
            }
        }

        private void answered(Answer answer) {
            if (HttpStatus.isPassing(answer.status()) && left > 0) {
                later();
            } else if (answer.status() >= 200 && answer.status() < 300) {
                promise.tryComplete(new Result(false, answer.text()));
            } else {
                promise.tryComplete(new Result(true, "the tool answered " + answer.status() + ": " + answer.text()));
            }
        }

        private void lost(Throwable cause) {
            reset();
            if (cause instanceof Failure refused) {
                boolean ours = refused.kind == Failure.Kind.UNAVAILABLE || refused.kind == Failure.Kind.INTERNAL;
                if (ours) {
                    promise.tryFail(refused);
                } else {
                    promise.tryComplete(new Result(true, refused.getMessage()));
                }
            } else if (left > 0) {
                later();
            } else {
                cancelled = true; // a connection that comes now is not used: what is told has not been done, is not
                promise.tryComplete(new Result(
                        true,
                        cause instanceof java.util.concurrent.TimeoutException
                                ? "the tool did not answer within " + tool.timeoutMs() + " ms"
                                : "the tool cannot be reached, or broke off"));
            }
        }

        private void later() {
            long pause = PAUSE_MILLIS << (tool.retries() - left);
            left--;
            vertx.setTimer(pause, due -> {
                if (cancelled) {
                    promise.tryFail(Failure.conflict("cancelled"));
                } else {
                    next();
                }
            });
        }

        private Future<Answer> once() {
            URI url = URI.create(filledUrl(tool, arguments));
            return resolve(url)
                    .compose(address -> secrets.headers(tool)
                            .compose(sent -> client.request(options(tool, url, address, sent, key))
                                    .compose(opened -> {
                                        request = opened;
                                        opened.exceptionHandler(broken -> {
                                            // the answer fails too, or is already there
                                        });
                                        if (cancelled) {
                                            opened.reset();
                                        }
                                        Buffer body = body(tool, arguments);
                                        return body == null ? opened.send() : opened.send(body);
                                    })
                                    .compose(response -> read(response, text -> SecretMask.hidden(text, sent)))));
        }
    }

    private record Answer(int status, String text) {}

    /** @param shown what of the body may be told */
    private static Future<Answer> read(HttpClientResponse response, UnaryOperator<String> shown) {
        Promise<Answer> promise = Promise.promise();
        Buffer whole = Buffer.buffer();
        response.handler(piece -> {
            int room = MOST_ANSWER_BYTES - whole.length();
            boolean more = piece.length() > room;
            whole.appendBuffer(more ? piece.slice(0, room) : piece);
            if (more
                    && promise.tryComplete(new Answer(
                            response.statusCode(),
                            shown.apply(whole.toString()) + "\n[cut: only the first " + MOST_ANSWER_BYTES
                                    + " bytes]"))) {
                response.request().reset();
            }
        });
        response.exceptionHandler(promise::tryFail);
        response.endHandler(
                end -> promise.tryComplete(new Answer(response.statusCode(), shown.apply(whole.toString()))));
        return promise.future();
    }

    private static boolean hasBody(Tool tool) {
        return switch (tool.http().method()) {
            case "POST", "PUT", "PATCH" -> true;
            default -> false;
        };
    }

    /** The URL with arguments in their places; of a method without a body, the others are its query. */
    static String filledUrl(Tool tool, JsonObject arguments) {
        var template = new UrlTemplate(tool.http().url());
        String url = template.filled(arguments);
        if (hasBody(tool)) {
            return url;
        }
        var places = template.names();
        var text = new StringBuilder(url);
        char sign = url.indexOf('?') < 0 ? '?' : '&';
        for (String name : arguments.fieldNames()) {
            if (!places.contains(name) && arguments.getValue(name) != null) {
                text.append(sign)
                        .append(UrlTemplate.escapedValue(name))
                        .append('=')
                        .append(UrlTemplate.escapedValue(arguments.getValue(name)));
                sign = '&';
            }
        }
        return text.toString();
    }

    /** Which arguments cannot stand in the URL, each with its place; empty: none. @param place of the arguments */
    static List<FieldError> mistakes(Tool tool, JsonObject arguments, String place) {
        try {
            filledUrl(tool, arguments);
            return List.of();
        } catch (Failure wrong) {
            return wrong.errors.stream()
                    .map(error -> new FieldError(place + error.pointer(), error.detail()))
                    .toList();
        }
    }

    private static Buffer body(Tool tool, JsonObject arguments) {
        if (!hasBody(tool)) {
            return null;
        }
        JsonObject rest = arguments.copy();
        new UrlTemplate(tool.http().url()).names().forEach(rest::remove);
        return rest.toBuffer();
    }

    private static RequestOptions options(
            Tool tool, URI url, InetAddress address, Map<String, String> secrets, String key) {
        var options = HostAddresses.request(HttpMethod.valueOf(tool.http().method()), url, address)
                .setFollowRedirects(false)
                .putHeader("Accept", "application/json, text/plain;q=0.9, */*;q=0.5")
                .putHeader("Accept-Encoding", "identity")
                .putHeader("User-Agent", "aiwm")
                .putHeader("Idempotency-Key", key);
        if (tool.http().headers() != null) {
            tool.http().headers().forEach(options::putHeader);
        }
        if (hasBody(tool)) {
            options.putHeader("Content-Type", "application/json");
        }
        secrets.forEach(options::putHeader);
        return options;
    }

    private Future<InetAddress> resolve(URI url) {
        return hosts.resolve(url)
                .recover(cause -> Future.failedFuture(
                        cause instanceof HostAddresses.InternalHostException
                                ? new Failure(
                                        Failure.Kind.FORBIDDEN,
                                        "the tool has an internal address (private, loopback or link-local), which"
                                                + " the setting agents.internalHosts does not allow")
                                : cause));
    }
}
