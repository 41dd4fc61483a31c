package io.aiwm.controller.inference.usage;

import io.aiwm.common.RateLimitedLog;
import io.aiwm.inference.usage.CallUsage;
import io.aiwm.inference.usage.UsageSink;
import io.vertx.core.Future;
import java.time.Duration;
import org.slf4j.LoggerFactory;

/**
 * Adds up the calls of this controller's gateway and stores the sums every second. A call costs no write; a kill loses those of the last
 * second, but none that {@link #store} has stored. While the store is away the sums grow, but not beyond a bound. Safe to use from any
 * event loop.
 */
public final class UsageCollector implements UsageSink {
    public static final Duration EVERY = Duration.ofSeconds(1);
    private static final RateLimitedLog LOG = RateLimitedLog.failures(LoggerFactory.getLogger(UsageCollector.class));

    private final UsageRecords records;
    private final String gateway;
    private UsageSums collected = new UsageSums();
    /** What is to be stored next, and always under the same number. */
    private UsageSums batch = new UsageSums();

    private long sequence;
    /** The last number of which the store is known to have all. */
    private long stored;

    private Future<Void> storing = Future.succeededFuture();

    /** @param gateway of this process alone */
    public UsageCollector(UsageRecords records, String gateway) {
        this.records = records;
        this.gateway = gateway;
    }

    @Override
    public synchronized void ended(CallUsage call) {
        collected.add(call);
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
        return store().recover(first -> store());
    }

    private synchronized void stored(long number) {
        if (number == sequence) { // or else a later one is under way already
            batch = new UsageSums();
        }
        stored = Math.max(stored, number);
    }
}
