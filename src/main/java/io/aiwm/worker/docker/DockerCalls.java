package io.aiwm.worker.docker;

import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs blocking calls on threads of their own, never more than a limit at a time, with a limit on how many wait and on
 * how long the caller waits. Two pools, so that stops with a long grace cannot hold up looking and starting.
 */
final class DockerCalls implements AutoCloseable {
    private static final int QUICK_THREADS = 8;
    private static final int SLOW_THREADS = 16;
    private static final int MOST_UNDER_WAY = 1024;

    private final WorkerExecutor quick;
    private final WorkerExecutor slow;
    private final Duration limit;
    private final AtomicInteger underWay = new AtomicInteger();

    DockerCalls(Vertx vertx, Duration limit) {
        // Vert.x only warns about threads that take longer; the real limits are the client's and the future's.
        this.quick = vertx.createSharedWorkerExecutor(
                "aiwm-docker-" + System.identityHashCode(this), QUICK_THREADS, 1, TimeUnit.HOURS);
        this.slow = vertx.createSharedWorkerExecutor(
                "aiwm-docker-slow-" + System.identityHashCode(this), SLOW_THREADS, 1, TimeUnit.HOURS);
        this.limit = limit;
    }

    /** @param doing what is tried, for the error's sentence */
    <T> Future<T> quick(String doing, Callable<T> call) {
        return run(quick, limit, doing, call);
    }

    /** A call that may take {@code extra} longer than an ordinary one. */
    <T> Future<T> slow(String doing, Duration extra, Callable<T> call) {
        return run(slow, limit.plus(extra), doing, call);
    }

    private <T> Future<T> run(WorkerExecutor pool, Duration most, String doing, Callable<T> call) {
        if (underWay.incrementAndGet() > MOST_UNDER_WAY) {
            underWay.decrementAndGet();
            return Future.failedFuture(new CommandFailure(
                    ErrorCategory.RESOURCE_EXHAUSTED, "too many engine calls are waiting on this node; try later"));
        }
        Future<T> work = pool.executeBlocking(call, false);
        work.onComplete(done -> underWay.decrementAndGet());
        // Waiting for a thread counts too: twice the limit before the caller is told.
        return work.timeout(most.toMillis() * 2, TimeUnit.MILLISECONDS)
                .recover(cause -> Future.failedFuture(DockerErrors.of(
                        doing, cause instanceof TimeoutException ? new TimeoutException("no answer") : cause)));
    }

    @Override
    public void close() {
        quick.close();
        slow.close();
    }
}
