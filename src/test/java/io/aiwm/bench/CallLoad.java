package io.aiwm.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Calls of one model again and again, with so many in flight, over connections that stay open. On one event loop. */
final class CallLoad {
    private final Promise<Void> done = Promise.promise();
    private final HttpClient client;
    private final int port;
    private final Map<String, String> headers;
    private final Buffer body;
    private final long[] nanos;
    private final long[] firstByte;
    private long bytes;
    private int started;
    private int finished;
    private int errors;

    CallLoad(Vertx vertx, int port, Map<String, String> headers, JsonObject body, int inFlight, int total) {
        client = vertx.createHttpClient(
                new HttpClientOptions().setKeepAliveTimeout(300),
                new PoolOptions().setHttp1MaxSize(inFlight).setMaxWaitQueueSize(-1));
        this.port = port;
        this.headers = headers;
        this.body = body.toBuffer();
        nanos = new long[total];
        firstByte = new long[total];
    }

    /** Returns the figures without those of processes. */
    JsonObject run(Vertx vertx, int inFlight) throws Exception {
        long began = System.nanoTime();
        vertx.runOnContext(start -> {
            for (int i = 0; i < inFlight; i++) {
                next();
            }
        });
        done.future().await(5, TimeUnit.MINUTES);
        double seconds = (System.nanoTime() - began) / 1e9;
        client.close().await();
        int total = nanos.length;
        Arrays.sort(nanos);
        Arrays.sort(firstByte);
        return new JsonObject()
                .put("conc", inFlight)
                .put("total", total)
                .put("errors", errors)
                .put("wall_s", Rig.round(seconds))
                .put("per_s", Rig.round(total / seconds))
                .put("mb_per_s", Rig.round(bytes / 1e6 / seconds))
                .put("p50_ms", Rig.round(nanos[total / 2] / 1e6))
                .put("p99_ms", Rig.round(nanos[(int) Math.ceil(total * 0.99) - 1] / 1e6))
                .put("first_byte_p50_ms", Rig.round(firstByte[total / 2] / 1e6));
    }

    private void next() {
        if (started == nanos.length) {
            return;
        }
        int index = started++;
        long began = System.nanoTime();
        client.request(HttpMethod.POST, port, "127.0.0.1", "/v1/chat/completions")
                .compose(request -> {
                    headers.forEach(request::putHeader);
                    return request.send(body);
                })
                .compose(answer -> read(answer, index, began))
                .onComplete(answer -> {
                    nanos[finished++] = System.nanoTime() - began;
                    if (answer.failed() && errors++ < 3) {
                        System.err.println(answer.cause().getMessage());
                    }
                    if (finished == nanos.length) {
                        done.complete();
                    } else {
                        next();
                    }
                });
    }

    private Future<Void> read(HttpClientResponse answer, int index, long began) {
        answer.handler(piece -> {
            if (firstByte[index] == 0) {
                firstByte[index] = System.nanoTime() - began;
            }
            bytes += piece.length();
        });
        return answer.end().map(end -> {
            if (answer.statusCode() != 200) {
                throw new IllegalStateException("answered with " + answer.statusCode());
            }
            return null;
        });
    }
}
