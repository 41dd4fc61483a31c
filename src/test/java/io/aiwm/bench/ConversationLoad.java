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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Conversations that go on side by side, each with a streamed answer under way nearly all the time. On one event loop.
 *
 * <p>Steady: they begin one after the other within the time that a turn takes, and each goes on when its last turn has ended, so that
 * calls come evenly. Burst: all begin a turn at one instant, and again when the last of them has ended.
 */
final class ConversationLoad {
    /** Of the events before the first piece of an answer. */
    private static final int MOST_BEFORE = 64 * 1024;

    private final Vertx vertx;
    private final HttpClient client;
    private final Speaker speaker;
    private final int conversations;
    private final int rounds;
    /** Over which time the conversations begin; 0: a burst. */
    private final int spreadMillis;

    private final Figures figures;
    private final Promise<Void> done = Promise.promise();
    private int finished;

    /** What was measured so far, of any number of loads. The first turn of each conversation of a load is not counted: it warms. */
    static final class Figures {
        final Samples firstByte = new Samples();
        final Samples callFirstByte = new Samples();
        final Samples total = new Samples();
        final AtomicInteger turns = new AtomicInteger();
        private int errors;

        JsonObject json() {
            return new JsonObject()
                    .put("total", turns.get())
                    .put("errors", errors)
                    .put("first_byte_p50_ms", firstByte.quantile(0.5))
                    .put("first_byte_p99_ms", firstByte.quantile(0.99))
                    .put("call_first_byte_p50_ms", callFirstByte.quantile(0.5))
                    .put("call_first_byte_p99_ms", callFirstByte.quantile(0.99))
                    .put("p50_ms", total.quantile(0.5))
                    .put("p99_ms", total.quantile(0.99));
        }
    }

    /** @param rounds turns of each conversation. @param spreadMillis 0: a burst */
    ConversationLoad(Vertx vertx, Speaker speaker, int conversations, int rounds, int spreadMillis, Figures figures) {
        this.vertx = vertx;
        this.speaker = speaker;
        this.conversations = conversations;
        this.rounds = rounds;
        this.spreadMillis = spreadMillis;
        this.figures = figures;
        client = vertx.createHttpClient(
                new HttpClientOptions().setKeepAliveTimeout(300),
                new PoolOptions().setHttp1MaxSize(conversations).setMaxWaitQueueSize(-1));
    }

    void run() throws Exception {
        vertx.runOnContext(start -> {
            for (int i = 0; i < conversations; i++) {
                int conversation = i;
                int after = (int) ((long) i * spreadMillis / conversations);
                if (after == 0) {
                    next(conversation, 0);
                } else {
                    vertx.setTimer(after, due -> next(conversation, 0));
                }
            }
        });
        done.future().await(30, TimeUnit.MINUTES);
        client.close().await();
    }

    private void next(int conversation, int turn) {
        speaker.next(conversation, turn).onComplete(words -> {
            if (words.failed()) {
                failed(words.cause());
                ended(conversation, turn);
            } else {
                say(conversation, turn, words.result());
            }
        });
    }

    private void say(int conversation, int turn, Speaker.Words words) {
        long began = System.nanoTime();
        client.request(HttpMethod.POST, speaker.port(), "127.0.0.1", words.path())
                .compose(request -> {
                    speaker.headers().forEach(request::putHeader);
                    return request.send(words.body());
                })
                .compose(answer -> new Reading(began).read(answer))
                .onComplete(read -> {
                    if (read.failed()) {
                        failed(read.cause());
                    } else if (turn > 0) {
                        figures.total.add(System.nanoTime() - began);
                        figures.firstByte.add(read.result().piece - began);
                        figures.callFirstByte.add(read.result().piece - read.result().call);
                    }
                    ended(conversation, turn);
                });
    }

    private void failed(Throwable cause) {
        if (figures.errors++ < 3) {
            System.err.println(cause.getMessage());
        }
    }

    private void ended(int conversation, int turn) {
        finished++;
        figures.turns.incrementAndGet();
        if (finished == conversations * rounds) {
            done.complete();
        } else if (spreadMillis > 0 && turn + 1 < rounds) {
            next(conversation, turn + 1);
        } else if (spreadMillis == 0 && finished % conversations == 0) {
            for (int i = 0; i < conversations; i++) {
                next(i, turn + 1);
            }
        }
    }

    /** An answer as it comes. */
    private final class Reading {
        /** When the model was about to be called, and when the first piece came; 0: not yet. */
        private long call;

        private long piece;
        private final StringBuilder before = new StringBuilder();
        /** The end may come in two parts. */
        private Buffer beforeLast = Buffer.buffer();

        private Buffer last = Buffer.buffer();

        Reading(long began) {
            call = speaker.callMark() == null ? began : 0;
        }

        Future<Reading> read(HttpClientResponse answer) {
            answer.handler(this::add);
            return answer.end().map(end -> {
                if (answer.statusCode() != 200
                        || piece == 0
                        || call == 0
                        || !last.toString().contains(speaker.endMark())) {
                    throw new IllegalStateException("answered with " + answer.statusCode() + " and " + last);
                }
                return this;
            });
        }

        private void add(Buffer part) {
            if (piece == 0 && before.length() < MOST_BEFORE) {
                before.append(part.toString(StandardCharsets.US_ASCII));
                if (call == 0 && before.indexOf(speaker.callMark()) >= 0) {
                    call = System.nanoTime();
                }
                if (before.indexOf(speaker.pieceMark()) >= 0) {
                    piece = System.nanoTime();
                }
            }
            beforeLast = last;
            last = part;
        }
    }
}
