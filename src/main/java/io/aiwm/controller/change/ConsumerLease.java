package io.aiwm.controller.change;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The right of one controller to run a consumer, and the consumer's position; both are one record. A holder proves itself
 * with every write of the record. Others take over when the record has not changed for {@link #LEASE} by their own clock,
 * and the holder stops {@link #MARGIN} earlier by its own, so no two clocks are compared.
 */
public final class ConsumerLease {
    static final Duration LEASE = Duration.ofSeconds(30);
    static final Duration MARGIN = Duration.ofSeconds(10);

    private final Records<ConsumerPosition> records;
    private final String name;
    private final String self;
    private final boolean alone;
    private final LongSupplier nanoTime;
    private ConsumerPosition seen;
    private long seenNanos;
    private boolean held;
    private long provedNanos;

    /**
     * Returns the lease of a consumer of another room, under a name of its own.
     *
     * @param alone whether no other controller can hold it
     */
    public static ConsumerLease of(DocumentStore store, String name, String self, boolean alone) {
        return new ConsumerLease(ConsumerPosition.records(store, alone), name, self, alone, System::nanoTime);
    }

    /** @param alone whether no other controller can hold it */
    ConsumerLease(Records<ConsumerPosition> records, String name, String self, boolean alone, LongSupplier nanoTime) {
        this.records = records;
        this.name = name;
        this.self = self;
        this.alone = alone;
        this.nanoTime = nanoTime;
    }

    public boolean isHeld() {
        return held
                && (alone
                        || nanoTime.getAsLong() - provedNanos
                                < LEASE.minus(MARGIN).toNanos());
    }

    /** How long ago this controller has last proved that it holds the lease. */
    public Duration sinceProof() {
        return Duration.ofNanos(nanoTime.getAsLong() - provedNanos);
    }

    /** Null where the consumer was never told anything. Only while it is held. */
    public String position() {
        return seen.position();
    }

    /** Tries to take it. @return whether it is held */
    public Future<Boolean> take() {
        held = false;
        return records.get(name)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? records.insert(new ConsumerPosition(name, 1, null, null))
                        : Future.failedFuture(cause))
                .compose(found -> {
                    boolean taken = found.owner() != null && !found.owner().equals(self) && !alone;
                    return taken && !isLeft(found)
                            ? Future.succeededFuture(false)
                            : write(found, found.position()).map(written -> true);
                })
                .recover(ConsumerLease::lost);
    }

    /** Whether its holder has not been heard of for long enough. */
    private boolean isLeft(ConsumerPosition found) {
        if (seen == null || seen.version() != found.version()) {
            seen = found;
            seenNanos = nanoTime.getAsLong();
        }
        return nanoTime.getAsLong() - seenNanos >= LEASE.toNanos();
    }

    /** Stores the position, which renews the lease. @return false: another controller has taken it */
    public Future<Boolean> save(String position) {
        return write(seen, position).map(true).recover(cause -> {
            held = false;
            return lost(cause);
        });
    }

    /** Leaves it to any controller at once. */
    public Future<Void> release() {
        if (!held) {
            return Future.succeededFuture();
        }
        held = false;
        ConsumerPosition last = seen;
        return records.update(name, now -> now.after(last, null, last.position()))
                .otherwiseEmpty()
                .mapEmpty();
    }

    private Future<Void> write(ConsumerPosition before, String position) {
        long began = nanoTime.getAsLong();
        return records.update(name, now -> now.after(before, self, position)).map(written -> {
            seen = written;
            provedNanos = began;
            held = true;
            return null;
        });
    }

    private static Future<Boolean> lost(Throwable cause) {
        return Failure.of(cause).kind == Failure.Kind.CONFLICT
                ? Future.succeededFuture(false)
                : Future.failedFuture(cause);
    }
}
