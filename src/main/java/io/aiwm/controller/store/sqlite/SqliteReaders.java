package io.aiwm.controller.store.sqlite;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.CollectionSchema;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reader threads, each with its own session. A read that starts after a write was acknowledged sees that write. */
final class SqliteReaders {
    static final int MAX_QUEUED = 10_000;
    private static final Logger log = LoggerFactory.getLogger(SqliteReaders.class);

    private final Vertx vertx;
    private final int maxBatch;
    private final LinkedBlockingQueue<StoreTask<SqliteSession, ?>> queue = new LinkedBlockingQueue<>(MAX_QUEUED);
    private final AtomicInteger running;
    private final Promise<Void> stopped = Promise.promise();
    private volatile boolean stopping;

    /**
     * @param sessions one per thread, from now on that thread's own
     * @param maxBatch how many reads are answered together; 1 where one may take long
     */
    SqliteReaders(Vertx vertx, String name, List<SqliteSession> sessions, int maxBatch) {
        this.vertx = vertx;
        this.maxBatch = maxBatch;
        this.running = new AtomicInteger(sessions.size());
        for (int i = 0; i < sessions.size(); i++) {
            SqliteSession session = sessions.get(i);
            Thread thread = new Thread(() -> work(session), "aiwm-store-" + name + "-" + i);
            thread.setDaemon(true);
            thread.start();
        }
    }

    <T> Future<T> submit(StoreTask.Work<SqliteSession, T> work) {
        if (stopping) {
            return Future.failedFuture(CollectionSchema.closed());
        }
        StoreTask<SqliteSession, T> task = new StoreTask<>(vertx, work);
        if (!queue.offer(task)) {
            return Future.failedFuture(
                    new Failure(Failure.Kind.LIMITED, "more is being read than the disk gives: try again in a second"));
        }
        if (stopping && running.get() == 0) {
            refuseQueued();
        }
        return task.future();
    }

    Future<Void> stop() {
        stopping = true;
        wakeOne();
        return stopped.future();
    }

    /** Each reader that ends wakes the next. A full queue means that they are awake. */
    private void wakeOne() {
        boolean woken = queue.offer(new StoreTask<>(vertx, ignored -> null));
        log.debug("stopping a reader, woken: {}", woken);
    }

    private void work(SqliteSession session) {
        List<StoreTask<SqliteSession, ?>> tasks = new ArrayList<>();
        try (session) {
            while (!stopping) {
                tasks.add(queue.take());
                queue.drainTo(tasks, maxBatch - 1);
                for (StoreTask<SqliteSession, ?> task : tasks) {
                    read(session, task);
                }
                StoreTask.deliver(List.copyOf(tasks));
                tasks.clear();
            }
        } catch (InterruptedException | SQLException cause) {
            log.error("a reader ends", cause);
        } finally {
            if (running.decrementAndGet() == 0) {
                stopping = true;
                refuseQueued();
                stopped.complete();
            } else {
                wakeOne();
            }
        }
    }

    private static void read(SqliteSession session, StoreTask<SqliteSession, ?> task) {
        try {
            task.run(session);
        } catch (SQLException | RuntimeException cause) {
            task.fail(session.failed(cause));
        }
    }

    private void refuseQueued() {
        List<StoreTask<SqliteSession, ?>> left = new ArrayList<>();
        queue.drainTo(left);
        left.forEach(task -> task.fail(CollectionSchema.closed()));
        StoreTask.deliver(left);
    }
}
