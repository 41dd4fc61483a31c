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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only thread that writes. It commits all queued changes as one transaction, so that many callers share one flush to disk; callers
 * are answered after the commit. A refused change (id taken, version changed) fails alone. A failing disk fails the whole
 * transaction, and the next one starts with a new session.
 */
final class SqliteWriter {
    static final int MAX_QUEUED = 20_000;
    static final long MAX_QUEUED_CHARS = 64L << 20;
    /** Bounds how long the first of a batch waits for the last. */
    static final int MAX_BATCH = 1_024;
    /** About 64 MiB: above this the writer itself checkpoints the log, and callers wait. */
    static final int WAL_PAGES_LIMIT = 16_000;
    /** After this many characters the log is checkpointed in the background. */
    private static final long CHECKPOINT_CHARS = 8L << 20;

    /** The delay after which deleted data is erased from the file and its log. */
    private static final long ERASE_AFTER_NANOS = 5_000_000_000L;

    private static final Logger log = LoggerFactory.getLogger(SqliteWriter.class);

    /** What a change works with. */
    record Batch(SqliteSession session, RecentRows recent, SqliteChanges changes) {}

    private record Change<T>(StoreTask<Batch, T> task, long chars) {}

    private final Vertx vertx;
    private final RecentChanges recentChanges = new RecentChanges();
    private final Batch batch;
    private final Runnable checkpoint;
    private final Runnable changed;
    private final LinkedBlockingQueue<Change<?>> queue = new LinkedBlockingQueue<>(MAX_QUEUED);
    private final AtomicLong queuedChars = new AtomicLong();
    private final Promise<Void> stopped;
    private final Thread thread = new Thread(this::work, "aiwm-store-writer");
    private volatile boolean stopping;
    private long charsSinceCheckpoint;
    /** Whether the log may still contain deleted data, and since when. Used by the writer thread only. */
    private boolean erasing;

    private long erasingSinceNanos;
    /** Whether a transaction failed and none has succeeded since. Used by the writer thread only. */
    private boolean failing;

    /**
     * @param session from now on this thread's own, closed by it at the end
     * @param changed called after a commit that has changes to tell
     */
    SqliteWriter(Vertx vertx, SqliteSession session, RecentRows recent, Runnable checkpoint, Runnable changed) {
        this.vertx = vertx;
        this.batch = new Batch(session, recent, new SqliteChanges(recentChanges));
        this.checkpoint = checkpoint;
        this.changed = changed;
        this.stopped = Promise.promise();
        thread.setDaemon(true);
        thread.start();
    }

    /** @param chars about the number of characters that it holds in memory while it waits */
    <T> Future<T> submit(long chars, StoreTask.Work<Batch, T> work) {
        if (stopping) {
            return Future.failedFuture(CollectionSchema.closed());
        }
        StoreTask<Batch, T> task = new StoreTask<>(vertx, work);
        if (queuedChars.addAndGet(chars) > MAX_QUEUED_CHARS || !queue.offer(new Change<>(task, chars))) {
            queuedChars.addAndGet(-chars);
            return Future.failedFuture(new Failure(
                    Failure.Kind.LIMITED, "more is being written than the disk takes: try again in a second"));
        }
        if (stopping && !thread.isAlive()) {
            refuse(drained(MAX_QUEUED), CollectionSchema.closed());
        }
        return task.future();
    }

    RecentChanges recentChanges() {
        return recentChanges;
    }

    /** Requests that deleted data is erased from the log. Called by the change that deletes. */
    void deleted() {
        if (!erasing) {
            erasingSinceNanos = System.nanoTime();
            erasing = true;
        }
    }

    /** After a failed transaction it succeeds only when something can be written again. */
    Future<Void> ping() {
        return submit(0, batch -> {
            if (failing) {
                batch.session().update(SqliteSchema.TRY);
                failing = false; // true again if the commit fails
            }
            return null;
        });
    }

    /** Writes the queued changes, then ends. */
    Future<Void> stop() {
        stopping = true;
        // An empty change wakes the thread; a full queue means that it is awake.
        boolean woken = queue.offer(new Change<>(new StoreTask<>(vertx, ignored -> null), 0));
        log.debug("stopping the writer, woken: {}", woken);
        return stopped.future();
    }

    private void work() {
        try {
            while (!stopping || !queue.isEmpty()) {
                List<Change<?>> changes = new ArrayList<>();
                changes.add(next());
                queue.drainTo(changes, MAX_BATCH - 1);
                write(tasks(changes));
            }
            batch.session().close();
        } catch (InterruptedException | SQLException | RuntimeException cause) {
            log.error("the writer ends", cause);
        } finally {
            stopping = true;
            refuse(drained(MAX_QUEUED), CollectionSchema.closed());
            stopped.complete();
        }
    }

    /** Returns the next change; erases deleted data while there is none. */
    private Change<?> next() throws InterruptedException {
        while (erasing) {
            long left = ERASE_AFTER_NANOS - (System.nanoTime() - erasingSinceNanos);
            Change<?> next = left > 0 ? queue.poll(left, TimeUnit.NANOSECONDS) : null;
            if (next != null) {
                return next;
            }
            eraseNow();
        }
        return queue.take();
    }

    /**
     * Deleted records are overwritten in the file at once ({@code secure_delete}); this removes them from the log.
     */
    private void eraseNow() {
        erasing = false;
        try {
            if (!batch.session().emptyLog()) {
                deleted(); // a reader uses the log: try again later
            }
        } catch (SQLException cause) {
            log.debug("no checkpoint: {}", batch.session().failed(cause).getMessage());
        }
    }

    private void write(List<StoreTask<Batch, ?>> tasks) {
        try {
            batch.session().update("BEGIN IMMEDIATE");
            for (StoreTask<Batch, ?> task : tasks) {
                task.run(batch);
            }
            boolean told = batch.changes().flush(batch.session());
            batch.recent().forgetPending();
            batch.session().update("COMMIT");
            failing &= !batch.recent().commit();
            batch.changes().committed();
            StoreTask.deliver(tasks);
            if (told) {
                changed.run();
            }
        } catch (SQLException | RuntimeException cause) {
            failing = true;
            batch.recent().rollback();
            batch.changes().forget();
            refuse(tasks, batch.session().failed(cause));
        }
        if (charsSinceCheckpoint > CHECKPOINT_CHARS) {
            charsSinceCheckpoint = 0;
            checkpoint.run();
        }
    }

    private List<StoreTask<Batch, ?>> drained(int most) {
        List<Change<?>> changes = new ArrayList<>();
        queue.drainTo(changes, most);
        return tasks(changes);
    }

    private List<StoreTask<Batch, ?>> tasks(List<Change<?>> changes) {
        List<StoreTask<Batch, ?>> tasks = new ArrayList<>(changes.size());
        long chars = 0;
        for (Change<?> change : changes) {
            tasks.add(change.task());
            chars += change.chars();
        }
        queuedChars.addAndGet(-chars);
        charsSinceCheckpoint += chars;
        return tasks;
    }

    private static void refuse(List<StoreTask<Batch, ?>> tasks, Failure failure) {
        if (!tasks.isEmpty()) {
            tasks.forEach(task -> task.fail(failure));
            StoreTask.deliver(tasks);
        }
    }
}
