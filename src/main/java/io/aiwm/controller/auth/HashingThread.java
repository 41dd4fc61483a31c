package io.aiwm.controller.auth;

import io.aiwm.common.Failure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.concurrent.Callable;

/** One hashing thread with a bounded number of waiting callers, which take turns. */
final class HashingThread {
    private static final int MOST_WAITING = 500;
    private static final int MOST_WAITING_OF_ONE = 50;

    private final WorkerExecutor thread;
    private final CallerQueue<Turn<?>> queue = new CallerQueue<>(MOST_WAITING, MOST_WAITING_OF_ONE);
    private boolean busy;

    private record Turn<T>(Callable<T> work, Promise<T> done) {
        Future<T> on(WorkerExecutor thread) {
            return thread.executeBlocking(work, false).onComplete(done);
        }
    }

    HashingThread(Vertx vertx, String name) {
        thread = vertx.createSharedWorkerExecutor(name, 1);
    }

    /** Fails with LIMITED when too many calls wait. @param who the key by which waiting calls take turns */
    <T> Future<T> run(String who, Callable<T> work) {
        Promise<T> done = Promise.promise();
        Turn<?> refused;
        synchronized (this) {
            refused = queue.offer(who, new Turn<>(work, done));
        }
        if (refused != null) {
            refused.done().fail(Failure.limited("too many logins at once; try again shortly", 5));
        }
        next();
        return done.future();
    }

    private void next() {
        Turn<?> turn;
        synchronized (this) {
            turn = busy ? null : queue.poll();
            if (turn == null) {
                return;
            }
            busy = true;
        }
        turn.on(thread).onComplete(ended -> {
            synchronized (this) {
                busy = false;
            }
            next();
        });
    }

    Future<Void> close() {
        return thread.close();
    }
}
