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
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.LoggerFactory;

/**
 * Keeps each call on disk until a controller has counted it. A call that has ended is kept at once, in memory that is a file, so a process
 * that is killed loses none. Safe to use from any thread.
 */
final class UsageJournal implements UsageSink {
    /** Calls that wait for a page; beyond it the disk is too slow, and they are not counted. */
    private static final int MOST_WAITING = 200_000;

    private static final String LOST = "usage of calls is lost";
    /** What a caller may write there can be long. */
    private static final int MOST_MODEL_CHARS = 256;
    /** About a million calls. */
    static final long MOST_BYTES = 512L << 20;

    private final UsageFolder folder;
    private final WorkerExecutor worker;
    private final RateLimitedLog lost = RateLimitedLog.failures(LoggerFactory.getLogger(UsageJournal.class));
    /** Lines for which no page was ready. */
    private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();

    private boolean preparing;

    private UsageJournal(UsageFolder folder, WorkerExecutor worker) {
        this.folder = folder;
        this.worker = worker;
    }

    /** Reads what is left in this directory, or begins. */
    static Future<UsageJournal> open(Vertx vertx, Path directory, long mostBytes) {
        WorkerExecutor worker = vertx.createSharedWorkerExecutor("aiwm-usage-" + directory.toAbsolutePath(), 1);
        return worker.executeBlocking(() -> {
            var folder = new UsageFolder(directory, mostBytes);
            UsageFolder.check(folder.id());
            return new UsageJournal(folder, worker);
        });
    }

    String gatewayId() {
        return folder.id();
    }

    @Override
    public void ended(CallUsage call) {
        byte[] line = (Json.encode(shortened(call)) + '\n').getBytes(StandardCharsets.UTF_8);
        synchronized (this) {
            if (waiting.size() >= MOST_WAITING) {
                lost.failed(LOST, "the disk of this proxy is too slow");
            } else if (!waiting.isEmpty() || !keep(line)) {
                waiting.add(line);
            }
            if (preparing || !(folder.isDue() || !waiting.isEmpty())) {
                return;
            }
            preparing = true;
        }
        onWorker(() -> {
                    prepare();
                    return null;
                })
                .onFailure(cause -> lost.failed("usage of calls is kept in memory alone", cause.toString()))
                .onComplete(prepared -> {
                    synchronized (this) {
                        preparing = false;
                    }
                });
    }

    /** @return false: it waits for a page */
    private boolean keep(byte[] line) {
        UsageFolder.Added added = folder.add(line);
        if (added == UsageFolder.Added.NO_ROOM) {
            lost.failed(LOST, "no controller has taken any for too long");
        }
        return added != UsageFolder.Added.NO_PAGE;
    }

    /** Makes pages, and writes what waits for them. */
    private void prepare() throws IOException {
        do {
            folder.prepare();
        } while (!emptied());
    }

    /** @return false: it needs more pages */
    private synchronized boolean emptied() {
        while (!waiting.isEmpty()) {
            if (!keep(waiting.peek())) {
                return false;
            }
            waiting.poll();
        }
        return true;
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
        return onWorker(() -> {
            prepare();
            return folder.oldest();
        });
    }

    Future<Void> counted(long sequence) {
        return onWorker(() -> {
            folder.drop(sequence);
            return null;
        });
    }

    /** Writes what waits. */
    Future<Void> close() {
        return this.<Void>onWorker(() -> {
                    prepare();
                    folder.close();
                    return null;
                })
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
