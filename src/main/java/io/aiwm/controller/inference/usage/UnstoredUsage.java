package io.aiwm.controller.inference.usage;

import io.aiwm.common.Json;
import io.aiwm.common.RateLimitedLog;
import io.aiwm.inference.usage.CallUsage;
import io.aiwm.inference.usage.MappedPage;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.LoggerFactory;

/**
 * Keeps calls on disk until they are stored, so that a process that is killed loses none that had ended. They are written to memory that is
 * a file ({@link MappedPage}), on the thread of the caller; files are made and deleted on a thread of their own. Safe to use from any thread.
 */
final class UnstoredUsage {
    /** Pages in all. Beyond them the store has been away for too long, and calls are in memory alone. */
    private static final int MOST_PAGES = 64;
    /** Free pages that are made ahead. */
    private static final int READY = 3;
    /** Free pages that are kept for use. */
    private static final int MOST_READY = 16;

    private static final String NOT_KEPT = "usage that is not stored yet is kept in memory alone";
    private static final RateLimitedLog LOG = RateLimitedLog.failures(LoggerFactory.getLogger(UnstoredUsage.class));

    private final UnstoredFiles files;
    private final WorkerExecutor worker;
    private final ArrayDeque<MappedPage> ready = new ArrayDeque<>();
    /** In the order of their batches; lines are added to the last one. */
    private final ArrayDeque<MappedPage> used = new ArrayDeque<>();

    private boolean making;

    /** @param files of this process */
    UnstoredUsage(Vertx vertx, UnstoredFiles files) {
        this.files = files;
        this.worker = vertx.createSharedWorkerExecutor("aiwm-unstored-" + files.gateway(), 1);
    }

    /** Makes the first pages. Blocking; before the first call. */
    synchronized void open() throws IOException {
        while (ready.size() < READY) {
            ready.add(files.page());
        }
    }

    /** As {@link #ended} takes it. */
    static byte[] line(CallUsage call) {
        return (Json.encode(call) + '\n').getBytes(StandardCharsets.UTF_8);
    }

    /** To be called in the order in which calls are added up. @param batch that it is stored with */
    synchronized void ended(long batch, byte[] line) {
        MappedPage last = used.peekLast();
        if (last != null && last.sequence() == batch && last.add(line)) {
            return;
        }
        MappedPage next = ready.poll();
        if (next == null) {
            LOG.failed(NOT_KEPT, "no page of it is free");
        } else {
            next.begin(batch);
            used.add(next);
            if (!next.add(line)) {
                LOG.failed(NOT_KEPT, "a call's line is longer than a page");
            }
        }
        makeReady();
    }

    /** Forgets a batch and those before it. */
    synchronized void stored(long batch) {
        while (!used.isEmpty() && used.peek().sequence() <= batch) {
            MappedPage free = used.poll();
            free.clear();
            if (ready.size() < MOST_READY) {
                ready.add(free);
            } else {
                onWorker(() -> Files.deleteIfExists(free.file()));
            }
        }
    }

    /** Leaves the pages of what is not stored to the next process. */
    Future<Void> close() {
        return this.<Void>onWorker(() -> {
                    for (MappedPage free : takeReady()) {
                        Files.deleteIfExists(free.file());
                    }
                    files.close();
                    return null;
                })
                .eventually(worker::close);
    }

    private synchronized ArrayDeque<MappedPage> takeReady() {
        making = true; // none is made any more
        var all = new ArrayDeque<>(ready);
        ready.clear();
        return all;
    }

    private synchronized void makeReady() {
        if (making || ready.size() >= READY || ready.size() + used.size() >= MOST_PAGES) {
            return;
        }
        making = true;
        onWorker(() -> {
                    made(files.page());
                    return null;
                })
                .onFailure(cause -> {
                    LOG.failed(NOT_KEPT, cause.toString());
                    notMade();
                });
    }

    private synchronized void made(MappedPage page) {
        ready.add(page);
        making = false;
        makeReady();
    }

    /** The next call that needs a page tries again. */
    private synchronized void notMade() {
        making = false;
    }

    private <T> Future<T> onWorker(Callable<T> work) {
        try {
            return worker.executeBlocking(work, true);
        } catch (RejectedExecutionException closed) {
            return Future.failedFuture(closed);
        }
    }
}
