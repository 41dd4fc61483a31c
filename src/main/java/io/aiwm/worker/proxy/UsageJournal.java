package io.aiwm.worker.proxy;

import io.aiwm.common.Json;
import io.aiwm.common.RateLimitedLog;
import io.aiwm.inference.usage.CallUsage;
import io.aiwm.inference.usage.CallUsageBuilder;
import io.aiwm.inference.usage.UsageSink;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.LoggerFactory;

/**
 * Keeps each call on disk until a controller has counted it. A call is in the file a few milliseconds after it has ended, so
 * a killed process loses no more. Safe to use from any thread.
 */
final class UsageJournal implements UsageSink {
    /** So long calls gather before they are written together. */
    private static final long GATHER_MS = 10;
    /** Calls that wait to be written; beyond it the disk is too slow, and they are not counted. */
    private static final int MOST_WAITING = 200_000;

    private static final String LOST = "usage of calls is lost";
    /** What a caller may write there can be long. */
    private static final int MOST_MODEL_CHARS = 256;
    /** About a million calls. */
    static final long MOST_BYTES = 512L << 20;

    private final Vertx vertx;
    private final UsageFolder folder;
    private final WorkerExecutor worker;
    private final ConcurrentLinkedQueue<CallUsage> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicBoolean gathering = new AtomicBoolean();
    private final RateLimitedLog lost = RateLimitedLog.failures(LoggerFactory.getLogger(UsageJournal.class));

    private UsageJournal(Vertx vertx, UsageFolder folder, WorkerExecutor worker) {
        this.vertx = vertx;
        this.folder = folder;
        this.worker = worker;
    }

    /** Reads what is left in this directory, or begins. */
    static Future<UsageJournal> open(Vertx vertx, Path directory, long mostBytes) {
        WorkerExecutor worker = vertx.createSharedWorkerExecutor("aiwm-usage-" + directory.toAbsolutePath(), 1);
        return worker.executeBlocking(() -> {
            var folder = new UsageFolder(directory, mostBytes);
            UsageFolder.check(folder.id());
            return new UsageJournal(vertx, folder, worker);
        });
    }

    String gatewayId() {
        return folder.id();
    }

    @Override
    public void ended(CallUsage call) {
        if (count.incrementAndGet() > MOST_WAITING) {
            count.decrementAndGet();
            lost.failed(LOST, "the disk of this proxy is too slow");
            return;
        }
        waiting.add(call);
        if (gathering.compareAndSet(false, true)) {
            vertx.setTimer(GATHER_MS, due -> write());
        }
    }

    private Future<Void> write() {
        return onWorker(() -> {
            gathering.set(false);
            for (CallUsage call = waiting.poll(); call != null; call = waiting.poll()) {
                count.decrementAndGet();
                keep(call);
            }
            return null;
        });
    }

    private void keep(CallUsage call) {
        try {
            if (!folder.add(Json.encode(shortened(call)))) {
                lost.failed(LOST, "no controller has taken any for too long");
            }
        } catch (IOException cause) {
            lost.failed(LOST, cause.getMessage());
        }
    }

    private static CallUsage shortened(CallUsage call) {
        return call.model() == null || call.model().length() <= MOST_MODEL_CHARS
                ? call
                : CallUsageBuilder.builder(call)
                        .model(call.model().substring(0, MOST_MODEL_CHARS))
                        .build();
    }

    /** The oldest calls that are not counted; null: there are none. The same batch until it is {@link #counted}. */
    Future<UsageFolder.Batch> oldest() {
        return onWorker(folder::oldest);
    }

    Future<Void> counted(long sequence) {
        return onWorker(() -> {
            folder.drop(sequence);
            return null;
        });
    }

    /** Writes what waits. */
    Future<Void> close() {
        return write().compose(written -> this.<Void>onWorker(() -> {
                    folder.close();
                    return null;
                }))
                .eventually(worker::close);
    }

    private <T> Future<T> onWorker(Callable<T> work) {
        try {
            return worker.executeBlocking(work, true);
        } catch (RejectedExecutionException closed) {
            return Future.failedFuture(closed);
        }
    }
}
