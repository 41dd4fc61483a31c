package io.aiwm.controller.store.mongo;

import com.mongodb.MongoServerException;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Distinguishes an unreachable database from a slow one without waiting for a socket timeout. When a call takes long, the server is
 * pinged; the call fails when neither the ping nor any other call was answered for a while. The driver's own limits cover a server
 * that refuses connections; this class covers a server whose packets are lost, or that is suspended.
 */
final class MongoPatience {
    private static final Duration LONG = Duration.ofMillis(600);
    private static final Duration SILENCE = Duration.ofMillis(1_600);

    private final Vertx vertx;
    private final Supplier<Future<?>> ping;
    private final Duration askAfter;
    private final Duration giveUpAfter;
    private final AtomicBoolean asking = new AtomicBoolean();
    private volatile long answeredNanos;

    MongoPatience(Vertx vertx, Supplier<Future<?>> ping) {
        this(vertx, ping, LONG, SILENCE);
    }

    MongoPatience(Vertx vertx, Supplier<Future<?>> ping, Duration askAfter, Duration giveUpAfter) {
        this.vertx = vertx;
        this.ping = ping;
        this.askAfter = askAfter;
        this.giveUpAfter = giveUpAfter;
        this.answeredNanos = System.nanoTime();
    }

    /**
     * Returns the call, or fails with UNAVAILABLE when the server is silent; a write may have been applied nevertheless.
     */
    <T> Future<T> with(Future<T> call) {
        if (call.isComplete()) {
            noted(call);
            return call;
        }
        Promise<T> promise = ((VertxInternal) vertx).getOrCreateContext().promise();
        long began = System.nanoTime();
        long timer = vertx.setTimer(askAfter.toMillis(), due -> look(promise, began));
        call.onComplete(done -> {
            vertx.cancelTimer(timer);
            noted(done);
            if (done.succeeded()) {
                promise.tryComplete(done.result());
            } else {
                promise.tryFail(done.cause());
            }
        });
        return promise.future();
    }

    private <T> void look(Promise<T> promise, long began) {
        if (promise.future().isComplete()) {
            return;
        }
        long now = System.nanoTime();
        long silentSince = Math.max(0, now - Math.max(began, answeredNanos));
        if (silentSince >= giveUpAfter.toNanos()) {
            promise.tryFail(MongoFailures.unreachable("no answer within " + giveUpAfter.toMillis() + " ms"));
            return;
        }
        if (asking.compareAndSet(false, true)) {
            ping.get().onComplete(answer -> {
                asking.set(false);
                noted(answer);
            });
        }
        long wait = Math.max(1, (giveUpAfter.toNanos() - silentSince) / 1_000_000);
        vertx.setTimer(wait, due -> look(promise, began));
    }

    /** A refusal by the server counts as an answer. */
    private void noted(AsyncResult<?> done) {
        if (done.succeeded() || done.cause() instanceof MongoServerException) {
            answeredNanos = System.nanoTime();
        }
    }
}
