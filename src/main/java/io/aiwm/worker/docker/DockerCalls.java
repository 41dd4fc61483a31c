package io.aiwm.worker.docker;

import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Runs blocking calls on threads of their own, never more than a limit at a time, with a limit on how many wait and on
 * how long the caller waits. Two pools, so that stops with a long grace do not delay inspections and starts.
 */
final class DockerCalls implements AutoCloseable {
    private static final int QUICK_THREADS = 8;
    private static final int SLOW_THREADS = 16;
    private static final int MOST_UNDER_WAY = 1024;

    /** How often {@link #repeat} tries, and the pause between two tries. */
    private static final int TRIES = 600;

    private static final long PAUSE_MILLIS = 100;

    private final Vertx vertx;
    private final WorkerExecutor quick;
    private final WorkerExecutor slow;
    private final Duration limit;
    private final AtomicInteger underWay = new AtomicInteger();

    DockerCalls(Vertx vertx, Duration limit) {
        this.vertx = vertx;
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

    /**
     * Repeats a call until it has a result. For calls that another client of the engine delays.
     *
     * @param call gets whether this is the last try, which must fail rather than return nothing
     */
    <T> Future<T> repeat(Function<Boolean, Future<Optional<T>>> call) {
        return repeat(call, TRIES);
    }

    private <T> Future<T> repeat(Function<Boolean, Future<Optional<T>>> call, int tries) {
        return call.apply(tries == 1)
                .compose(result -> result.isPresent()
                        ? Future.succeededFuture(result.get())
                        : vertx.timer(PAUSE_MILLIS).compose(later -> repeat(call, tries - 1)));
    }

    private <T> Future<T> run(WorkerExecutor pool, Duration most, String doing, Callable<T> call) {
        if (underWay.incrementAndGet() > MOST_UNDER_WAY) {
            underWay.decrementAndGet();
            return Future.failedFuture(new CommandFailure(
                    ErrorCategory.RESOURCE_EXHAUSTED, "too many engine calls are waiting on this node; try later"));
        }
        Future<T> work = pool.executeBlocking(call, false);
        work.onComplete(done -> underWay.decrementAndGet());
        // The wait for a thread counts too: the caller's limit is twice the limit of the call.
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
