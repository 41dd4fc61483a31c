package io.aiwm.worker.container;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Sleep and wake as vLLM has them with {@code VLLM_SERVER_DEV_MODE=1} and {@code --enable-sleep-mode}: {@code POST /sleep}, {@code
 * POST /wake_up}, {@code GET /is_sleeping}. What the engine says of itself afterwards decides, not the answer to the order.
 */
final class EngineSwitch {
    /** A hundred GB between a GPU and the memory of its host, with room to spare. */
    private static final Duration MOVES_WITHIN = Duration.ofMinutes(2);

    private static final Duration SAYS_WITHIN = Duration.ofSeconds(10);
    private static final int MOST_CONNECT_MILLIS = 5_000;
    private static final int MOST_BODY_BYTES = 4_096;

    private final HttpClient http;

    EngineSwitch(Vertx vertx) {
        this.http = ProbeClients.of(vertx).http();
    }

    /** Its weights stay in the memory of the host: level 1. */
    Future<Void> sleep(EngineContainer container, int port) {
        return turn(container, port, true, "/sleep?level=1");
    }

    Future<Void> wake(EngineContainer container, int port) {
        return turn(container, port, false, "/wake_up");
    }

    private Future<Void> turn(EngineContainer container, int port, boolean asleep, String order) {
        ProbeRunner.Target target = ProbeRunner.target(container, port);
        if (target == null) {
            return Future.failedFuture("port " + port + " is not published and it has no address");
        }
        return isAsleep(target)
                .compose(now -> now == asleep
                        ? Future.succeededFuture()
                        : ask(HttpMethod.POST, target, order, MOVES_WITHIN)
                                .transform(answer -> isAsleep(target)
                                        .compose(then -> then == asleep
                                                ? Future.succeededFuture()
                                                : Future.failedFuture(
                                                        answer.failed()
                                                                ? answer.cause().getMessage()
                                                                : order + " changed nothing"))));
    }

    private Future<Boolean> isAsleep(ProbeRunner.Target target) {
        return ask(HttpMethod.GET, target, "/is_sleeping", SAYS_WITHIN).map(body -> {
            try {
                return new JsonObject(body).getBoolean("is_sleeping", false);
            } catch (DecodeException | ClassCastException other) {
                throw new IllegalStateException("/is_sleeping does not say whether it sleeps", other);
            }
        });
    }

    private Future<Buffer> ask(HttpMethod method, ProbeRunner.Target target, String uri, Duration within) {
        var options = new RequestOptions()
                .setMethod(method)
                .setHost(target.host())
                .setPort(target.port())
                .setURI(uri)
                .setFollowRedirects(false)
                .setConnectTimeout(MOST_CONNECT_MILLIS);
        return http.request(options)
                .compose(request -> request.send()
                        .compose(answer -> body(answer, uri))
                        .timeout(within.toMillis(), TimeUnit.MILLISECONDS)
                        .onComplete(done -> request.connection().close()));
    }

    private static Future<Buffer> body(HttpClientResponse answer, String uri) {
        if (answer.statusCode() / 100 != 2) {
            return Future.failedFuture(uri + " answers with " + answer.statusCode());
        }
        var body = Buffer.buffer();
        answer.handler(piece -> {
            if (body.length() + piece.length() > MOST_BODY_BYTES) {
                answer.request().reset();
            } else {
                body.appendBuffer(piece);
            }
        });
        return answer.end().map(body);
    }
}
