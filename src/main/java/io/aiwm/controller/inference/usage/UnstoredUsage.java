package io.aiwm.controller.inference.usage;

import io.aiwm.common.Json;
import io.aiwm.common.RateLimitedLog;
import io.aiwm.inference.usage.CallUsage;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.LoggerFactory;

/**
 * Keeps calls on disk until they are stored, so that a process that is killed loses none that had ended. A call is handed to a thread
 * that writes it at once, but not more often than once in {@link #GATHER_NANOS}, together with what others have handed over
 * meanwhile; it is not waited for. What is written survives the
 * process, not the machine. Safe to use from any thread.
 */
final class UnstoredUsage {
    /** Calls that wait to be written; beyond it the disk is too slow, and they are in memory alone. */
    private static final int MOST_WAITING = 100_000;

    private static final int WRITTEN_AT_ONCE = 64 * 1024;
    /** To wake the thread and to write costs as much as to carry a call: it is done for all of a millisecond together. */
    private static final long GATHER_NANOS = 1_000_000;

    private static final String NOT_KEPT = "usage that is not stored yet is kept in memory alone";
    private static final RateLimitedLog LOG = RateLimitedLog.failures(LoggerFactory.getLogger(UnstoredUsage.class));

    private final UnstoredFiles files;
    private final WorkerExecutor worker;
    private final ConcurrentLinkedQueue<Entry> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicBoolean writing = new AtomicBoolean();
    /** Of the thread that writes. */
    private long wroteNanos = System.nanoTime() - GATHER_NANOS;

    /** @param call null: all up to this batch is stored */
    private record Entry(long sequence, CallUsage call) {}

    /** @param files of this process */
    UnstoredUsage(Vertx vertx, UnstoredFiles files) {
        this.files = files;
        this.worker = vertx.createSharedWorkerExecutor("aiwm-unstored-" + files.gateway(), 1);
    }

    /** To be called in the order in which calls are added up. @param sequence of the batch that it is stored with */
    void ended(long sequence, CallUsage call) {
        if (count.get() >= MOST_WAITING) {
            LOG.failed(NOT_KEPT, "the disk is too slow");
            return;
        }
        add(new Entry(sequence, call));
    }

    /** Forgets a batch and those before it. */
    void stored(long sequence) {
        add(new Entry(sequence, null));
    }

    /** Writes what waits. */
    Future<Void> close() {
        return onWorker(() -> {
                    write();
                    files.close();
                })
                .eventually(worker::close);
    }

    private void add(Entry entry) {
        count.incrementAndGet();
        waiting.add(entry);
        if (writing.compareAndSet(false, true)) {
            onWorker(() -> {
                LockSupport.parkNanos(wroteNanos + GATHER_NANOS - System.nanoTime());
                writing.set(false);
                write();
                wroteNanos = System.nanoTime();
            });
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private Future<Void> onWorker(Work work) {
        try {
            return worker.executeBlocking(
                    () -> {
                        work.run();
                        return null;
                    },
                    true);
        } catch (RejectedExecutionException closed) {
            return Future.failedFuture(closed);
        }
    }

    private void write() {
        var lines = new ByteArrayOutputStream();
        long of = 0;
        for (Entry entry = waiting.poll(); entry != null; entry = waiting.poll()) {
            count.decrementAndGet();
            if (lines.size() > 0 && (entry.call == null || entry.sequence != of || lines.size() >= WRITTEN_AT_ONCE)) {
                append(of, lines);
            }
            if (entry.call == null) {
                drop(entry.sequence);
            } else {
                of = entry.sequence;
                lines.writeBytes((Json.encode(entry.call) + '\n').getBytes(StandardCharsets.UTF_8));
            }
        }
        if (lines.size() > 0) {
            append(of, lines);
        }
    }

    private void append(long sequence, ByteArrayOutputStream lines) {
        try {
            if (!files.append(sequence, ByteBuffer.wrap(lines.toByteArray()))) {
                LOG.failed(NOT_KEPT, "the store has taken none for too long");
            }
        } catch (IOException cause) {
            LOG.failed(NOT_KEPT, cause.toString());
        }
        lines.reset();
    }

    private void drop(long sequence) {
        try {
            files.drop(sequence);
        } catch (IOException cause) {
            LOG.failed("files of usage that is stored are not deleted", cause.toString());
        }
    }
}
