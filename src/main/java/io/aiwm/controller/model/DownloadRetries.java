package io.aiwm.controller.model;

import io.aiwm.controller.model.hub.DownloadFailure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Asks a server again after what passes: with pauses that double, or as long as the server says, and not for ever. */
final class DownloadRetries {
    private static final long SLICE_MILLIS = 500;

    private final Vertx vertx;
    private final RetryPauses pauses;
    private final BooleanSupplier stopped;
    private int failures;
    private Duration waited = Duration.ZERO;

    DownloadRetries(Vertx vertx, RetryPauses pauses, BooleanSupplier stopped) {
        this.vertx = vertx;
        this.pauses = pauses;
        this.stopped = stopped;
    }

    /** @param progressed whether something has come since it was asked last, which begins the count anew */
    <T> Future<T> run(Supplier<Future<T>> asking, BooleanSupplier progressed) {
        if (stopped.getAsBoolean()) {
            return Future.failedFuture(new DownloadRun.Stopped());
        }
        return Future.succeededFuture().compose(go -> asking.get()).recover(cause -> {
            if (stopped.getAsBoolean()) {
                return Future.failedFuture(new DownloadRun.Stopped());
            }
            if (!(cause instanceof DownloadFailure known) || !known.retryable) {
                return Future.failedFuture(cause);
            }
            failures = progressed.getAsBoolean() ? 1 : failures + 1;
            Duration pause = known.retryAfter.isZero()
                    ? pauses.first().multipliedBy(1L << Math.min(10, failures - 1))
                    : known.retryAfter;
            pause = pause.compareTo(pauses.longest()) > 0 && known.retryAfter.isZero() ? pauses.longest() : pause;
            waited = waited.plus(pause);
            if (failures > pauses.most() || waited.compareTo(pauses.altogether()) > 0) {
                return Future.failedFuture(cause);
            }
            return sleep(pause).compose(awake -> run(asking, progressed));
        });
    }

    /** Ends early when it is stopped: a server may want to be left alone for an hour. */
    private Future<Void> sleep(Duration pause) {
        Promise<Void> awake = Promise.promise();
        long until = System.nanoTime() + pause.toNanos();
        vertx.setPeriodic(Math.max(1, Math.min(SLICE_MILLIS, pause.toMillis())), timer -> {
            if (stopped.getAsBoolean() || System.nanoTime() >= until) {
                vertx.cancelTimer(timer);
                awake.complete();
            }
        });
        return awake.future();
    }
}
