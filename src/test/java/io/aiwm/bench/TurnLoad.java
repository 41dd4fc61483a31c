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
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Conversations that say something again and again and read each turn as it happens, all at once. On one event loop. */
final class TurnLoad {
    private static final Buffer MESSAGE = new JsonObject()
            .put("content", "Say something of about twenty tokens.")
            .toBuffer();
    /** Of the events before the first piece of an answer. */
    private static final int MOST_BEFORE = 64 * 1024;

    private final Promise<Void> done = Promise.promise();
    private final HttpClient client;
    private final int port;
    private final String token;
    private final long[] nanos;
    private final long[] firstPiece;
    private final int rounds;
    private int finished;
    private int errors;

    TurnLoad(Vertx vertx, int port, String token, int conversations, int rounds) {
        client = vertx.createHttpClient(
                new HttpClientOptions().setKeepAliveTimeout(300),
                new PoolOptions().setHttp1MaxSize(conversations).setMaxWaitQueueSize(-1));
        this.port = port;
        this.token = token;
        this.rounds = rounds;
        nanos = new long[conversations * rounds];
        firstPiece = new long[nanos.length];
    }

    /** Returns the figures without those of processes. @param conversations their ids */
    JsonObject run(Vertx vertx, List<String> conversations) throws Exception {
        long began = System.nanoTime();
        vertx.runOnContext(start -> conversations.forEach(id -> next(id, rounds)));
        done.future().await(10, TimeUnit.MINUTES);
        double seconds = (System.nanoTime() - began) / 1e9;
        client.close().await();
        int total = nanos.length;
        Arrays.sort(nanos);
        Arrays.sort(firstPiece);
        return new JsonObject()
                .put("conc", conversations.size())
                .put("total", total)
                .put("errors", errors)
                .put("wall_s", Rig.round(seconds))
                .put("per_s", Rig.round(total / seconds))
                .put("p50_ms", Rig.round(nanos[total / 2] / 1e6))
                .put("p99_ms", Rig.round(nanos[(int) Math.ceil(total * 0.99) - 1] / 1e6))
                .put("first_byte_p50_ms", Rig.round(firstPiece[total / 2] / 1e6))
                .put("first_byte_p99_ms", Rig.round(firstPiece[(int) Math.ceil(total * 0.99) - 1] / 1e6));
    }

    private void next(String conversation, int left) {
        if (left == 0) {
            return;
        }
        long began = System.nanoTime();
        client.request(HttpMethod.POST, port, "127.0.0.1", "/api/conversations/" + conversation + "/messages")
                .compose(request -> request.putHeader("Authorization", "Bearer " + token)
                        .putHeader("Content-Type", "application/json")
                        .putHeader("Accept", "text/event-stream")
                        .send(MESSAGE))
                .compose(answer -> read(answer, began))
                .onComplete(answer -> {
                    firstPiece[finished] = answer.succeeded() ? answer.result() : 0;
                    nanos[finished++] = System.nanoTime() - began;
                    if (answer.failed() && errors++ < 3) {
                        System.err.println(answer.cause().getMessage());
                    }
                    if (finished == nanos.length) {
                        done.complete();
                    } else {
                        next(conversation, left - 1);
                    }
                });
    }

    /** Returns after how many nanoseconds the first piece of the answer came. */
    private Future<Long> read(HttpClientResponse answer, long began) {
        long[] first = {0};
        var seen = new StringBuilder();
        var last = new Buffer[] {Buffer.buffer()};
        answer.handler(piece -> {
            if (first[0] == 0 && seen.length() < MOST_BEFORE) {
                seen.append(piece.toString(StandardCharsets.US_ASCII));
                if (seen.indexOf("event: delta") >= 0) {
                    first[0] = System.nanoTime() - began;
                }
            }
            last[0] = piece;
        });
        return answer.end().map(end -> {
            if (answer.statusCode() != 200 || !last[0].toString().contains("\"COMPLETED\"")) {
                throw new IllegalStateException("answered with " + answer.statusCode() + " and " + last[0]);
            }
            return first[0];
        });
    }
}
