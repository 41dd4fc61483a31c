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
 * Tells a database that cannot be reached from one that is slow, without waiting for a socket's timeout: a call that takes
 * long has the server pinged, and is given up when neither it nor anything else was answered for a while. The driver's own
 * limits see to a server that refuses connections; this one to a server behind which packets vanish, or that stands still.
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

    /** The call, or UNAVAILABLE where the server is silent; a write may then have happened all the same. */
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

    /** Also a refusal is an answer, if the server sent it. */
    private void noted(AsyncResult<?> done) {
        if (done.succeeded() || done.cause() instanceof MongoServerException) {
            answeredNanos = System.nanoTime();
        }
    }
}
