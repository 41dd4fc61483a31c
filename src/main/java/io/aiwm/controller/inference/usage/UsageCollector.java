package io.aiwm.controller.inference.usage;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.common.RateLimitedLog;
import io.aiwm.inference.usage.CallUsage;
import io.aiwm.inference.usage.UsageSink;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.LoggerFactory;

/**
 * Adds up the calls of this controller's gateway and stores the sums every second; meanwhile {@link UnstoredUsage} keeps the calls, which
 * the next process stores after a kill. While the store is away the sums grow, but not beyond a bound. Safe to use from any event loop.
 */
public final class UsageCollector implements UsageSink {
    public static final Duration EVERY = Duration.ofSeconds(1);
    private static final RateLimitedLog LOG = RateLimitedLog.failures(LoggerFactory.getLogger(UsageCollector.class));

    private final UsageRecords records;
    private final String gateway;
    private final UnstoredUsage unstored;
    private UsageSums collected = new UsageSums();
    /** What is to be stored next, and always under the same number. */
    private UsageSums batch = new UsageSums();

    private long sequence;
    /** The last number of which the store is known to have all. */
    private long stored;

    private Future<Void> storing = Future.succeededFuture();

    private final UnstoredFiles files;

    /**
     * @param gateway of this process alone
     * @param folder for calls that are not stored yet
     */
    public UsageCollector(Vertx vertx, UsageRecords records, String gateway, Path folder) {
        this.records = records;
        this.gateway = gateway;
        this.files = new UnstoredFiles(folder, gateway);
        this.unstored = new UnstoredUsage(vertx, files);
    }

    /** What a process that was killed has left, added up. */
    private record Recount(UnstoredFiles.Left batch, UsageSums sums) {}

    /** Stores what processes that were killed have left in the folder. Before the first call. */
    public Future<Void> start(Vertx vertx) {
        return vertx.executeBlocking(() -> {
                    files.open();
                    unstored.open();
                    return files.left().stream()
                            .map(batch -> new Recount(batch, UsageSums.of(calls(batch))))
                            .toList();
                })
                .compose(left -> {
                    Future<Void> done = Future.succeededFuture();
                    for (Recount each : left) {
                        done = done.compose(before -> recount(vertx, each));
                    }
                    return done;
                });
    }

    private Future<Void> recount(Vertx vertx, Recount left) {
        return records.count(left.batch.gateway(), left.batch.sequence(), left.sums)
                .compose(counted -> vertx.<Void>executeBlocking(() -> {
                    files.drop(left.batch);
                    return null;
                }))
                .recover(cause -> {
                    LOG.failed(
                            "usage that was left behind is not stored; the next start tries again", cause.toString());
                    return Future.succeededFuture();
                });
    }

    private static List<CallUsage> calls(UnstoredFiles.Left batch) {
        var calls = new ArrayList<CallUsage>(batch.lines().size());
        for (String line : batch.lines()) {
            try {
                calls.add(Json.decode(line, CallUsage.class));
            } catch (Failure torn) {
                LOG.failed("a call's usage on disk is damaged and left out", batch.gateway());
            }
        }
        return calls;
    }

    @Override
    public void ended(CallUsage call) {
        byte[] line = UnstoredUsage.line(call);
        synchronized (this) {
            collected.add(call);
            unstored.ended(sequence + 1, line);
        }
    }

    /** Stores what has been added up. Called by a sweep every second. @return when it is stored */
    public synchronized Future<Void> flush() {
        if (!storing.isComplete()) {
            return storing;
        }
        if (batch.isEmpty()) {
            if (collected.isEmpty()) {
                return Future.succeededFuture();
            }
            batch = collected;
            collected = new UsageSums();
            sequence++;
        }
        long number = sequence;
        storing = records.count(gateway, number, batch)
                .onSuccess(done -> stored(number))
                .onFailure(cause ->
                        LOG.failed("the usage of models cannot be stored; it is kept in memory", cause.toString()));
        return storing;
    }

    /** Stores all that was added up until now. @return when it is stored; fails when the store does not take it */
    public synchronized Future<Void> store() {
        return store(collected.isEmpty() ? sequence : sequence + 1);
    }

    private synchronized Future<Void> store(long wanted) {
        return stored >= wanted ? Future.succeededFuture() : flush().compose(done -> store(wanted));
    }

    /** Stores all that was added up until now, also beside a batch that is under way and fails. @return when it is stored */
    public Future<Void> close() {
        return store().recover(first -> store()).eventually(unstored::close);
    }

    private synchronized void stored(long number) {
        if (number == sequence) { // or else a later one is under way already
            batch = new UsageSums();
        }
        unstored.stored(number);
        stored = Math.max(stored, number);
    }
}
