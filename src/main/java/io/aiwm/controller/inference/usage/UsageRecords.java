package io.aiwm.controller.inference.usage;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.aiwm.inference.usage.CallUsage;
import io.aiwm.inference.usage.UsageSink;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * The only writer of usage. A batch is counted once, however often it is given: each record knows the last batch of each gateway that
 * it has. So a gateway gives its batches in order, and the same one with the same calls until it is stored.
 */
public final class UsageRecords {
    public static final DocumentStore.Collection COLLECTION =
            new DocumentStore.Collection("usageHours", List.of(Field.time("key.hour"), Field.text("key.user")));

    private static final int AT_ONCE = 100;
    private static final int DELETED_AT_ONCE = 5_000;

    private final Records<UsageHour> records;
    private final InstantSource clock;
    private final Duration kept;

    /** @param kept how long the usage of an hour is kept */
    public UsageRecords(DocumentStore store, InstantSource clock, Duration kept) {
        this.records = new Records<>(
                store,
                COLLECTION.name(),
                UsageHour.class,
                Records.Shape.of(UsageHour::id, UsageHour::version, UsageHour::withVersion),
                hour -> true,
                false);
        this.clock = clock;
        this.kept = kept;
    }

    /**
     * Counts a batch of calls.
     *
     * @param gateway whose batches are numbered; another process with the same memory of them has the same
     * @param sequence larger for each next batch
     * @param counted hears of each call once, when it is stored, however often and to whichever controller the batch is given
     * @return when it is durable; after a failure the same batch is to be given again
     */
    public Future<Void> count(String gateway, long sequence, List<CallUsage> calls, UsageSink counted) {
        var byKey = new HashMap<UsageKey, List<CallUsage>>();
        calls.forEach(call -> byKey.computeIfAbsent(UsageKey.of(call), none -> new ArrayList<>(1))
                .add(call));
        return count(
                new Batch(
                        gateway,
                        sequence,
                        key -> byKey.getOrDefault(key, List.of()).forEach(counted::ended)),
                UsageSums.of(calls));
    }

    /** Counts what was added up already. */
    Future<Void> count(String gateway, long sequence, UsageSums sums) {
        return count(new Batch(gateway, sequence, key -> {}), sums);
    }

    /** @param counted hears what was stored, unless it had been before */
    private record Batch(String gateway, long sequence, Consumer<UsageKey> counted) {}

    private Future<Void> count(Batch batch, UsageSums sums) {
        List<Map.Entry<UsageKey, UsageCounts>> all = sums.entries();
        Future<Void> done = Future.succeededFuture();
        for (int from = 0; from < all.size(); from += AT_ONCE) {
            List<Map.Entry<UsageKey, UsageCounts>> some = all.subList(from, Math.min(all.size(), from + AT_ONCE));
            done = done.compose(before -> {
                var writes = new ArrayList<Future<UsageHour>>(some.size());
                some.forEach(one -> writes.add(add(batch, one.getKey(), one.getValue())));
                return Future.join(writes).mapEmpty();
            });
        }
        return done;
    }

    private Future<UsageHour> add(Batch batch, UsageKey key, UsageCounts more) {
        // a record that cannot be read keeps away what is in it, and not what comes after it
        return add(key.id(), batch, key, more)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.INTERNAL
                        ? add(key.id() + "-2", batch, key, more)
                        : Future.failedFuture(cause));
    }

    private Future<UsageHour> add(String id, Batch batch, UsageKey key, UsageCounts more) {
        var isNew = new AtomicBoolean();
        UnaryOperator<UsageHour> plus = hour -> {
            UsageHour next = hour.plus(batch.gateway, batch.sequence, more);
            isNew.set(next != hour);
            return next;
        };
        return records.update(id, plus)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? records.insert(plus.apply(UsageHour.empty(id, key)))
                        : Future.failedFuture(cause))
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.CONFLICT
                        // another controller made it in between
                        ? records.update(id, plus)
                        : Future.failedFuture(cause))
                .onSuccess(stored -> {
                    if (isNew.get()) {
                        batch.counted.accept(key);
                    }
                });
    }

    /** Returns a page of hours from one (inclusive) to another (exclusive), the earliest first. @param user null: all */
    Future<Records.Page<UsageHour>> find(Instant from, Instant to, String user, String cursor) {
        var where = new ArrayList<>(List.of(Condition.gte("key.hour", from), Condition.lt("key.hour", to)));
        if (user != null) {
            where.add(Condition.eq("key.user", user));
        }
        return records.find(Query.where(where)
                .orderBy("key.hour", false)
                .limit(UsageReport.PAGE)
                .after(cursor));
    }

    /** Deletes what is too old, and forgets hours that are over. Called by a sweep. */
    public Future<Void> run() {
        records.release(id -> true);
        return records.deleteWhere(
                        Query.where(Condition.lt("key.hour", clock.instant().minus(kept)))
                                .limit(DELETED_AT_ONCE))
                .mapEmpty();
    }
}
