package io.aiwm.controller.proxy;

import io.aiwm.common.Failure;
import io.aiwm.common.KeyedQueue;
import io.aiwm.common.Sha256;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Records;
import io.aiwm.inference.usage.CallUsage;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Function;

/**
 * Counts each batch once: stores the sequence of the last one of each gateway. What counts is told a batch again when a
 * controller ends between the two, and no other time.
 */
public final class CountedUsage implements UsageBatches {
    public static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection("proxyUsage", List.of());

    /** @param id of the gateway, hashed */
    private record Position(String id, long version, String gateway, long sequence, Instant at) {}

    private final Records<Position> records;
    private final KeyedQueue queue = new KeyedQueue();
    private final Function<List<CallUsage>, Future<Void>> counting;
    private final InstantSource clock;

    /** @param counting succeeds when it is stored */
    public CountedUsage(DocumentStore store, Function<List<CallUsage>, Future<Void>> counting, InstantSource clock) {
        this.records = new Records<>(
                store,
                COLLECTION.name(),
                Position.class,
                Records.Shape.of(
                        Position::id,
                        Position::version,
                        (one, version) -> new Position(one.id, version, one.gateway, one.sequence, one.at)),
                position -> false,
                false);
        this.counting = counting;
        this.clock = clock;
    }

    @Override
    public Future<Void> take(String gateway, long sequence, List<CallUsage> calls) {
        String id = Sha256.hex(gateway);
        return queue.take(
                id,
                () -> position(id, gateway)
                        .compose(known -> known.sequence >= sequence
                                ? Future.succeededFuture()
                                : counting.apply(calls)
                                        .compose(counted -> records.update(
                                                id,
                                                fresh -> fresh.sequence >= sequence
                                                        ? fresh
                                                        : new Position(
                                                                id, fresh.version, gateway, sequence, clock.instant())))
                                        .mapEmpty()));
    }

    private Future<Position> position(String id, String gateway) {
        return records.get(id)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? records.insert(new Position(id, 1, gateway, 0, clock.instant()))
                        : Future.failedFuture(cause));
    }
}
