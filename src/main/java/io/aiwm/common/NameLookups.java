package io.aiwm.common;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * Resolves names on threads of its own, which all share: a name server that does not answer holds each for many seconds, and must
 * not hold up other blocking work.
 */
public final class NameLookups {
    private static final int THREADS = 8;
    private static final Duration SLOWEST = Duration.ofMinutes(1);

    private final WorkerExecutor threads;

    public NameLookups(Vertx vertx) {
        threads = vertx.createSharedWorkerExecutor("aiwm-names", THREADS, SLOWEST.toSeconds(), TimeUnit.SECONDS);
    }

    /** Does work that resolves names. */
    public <T> Future<T> run(Callable<T> work) {
        return threads.executeBlocking(work, false);
    }
}
