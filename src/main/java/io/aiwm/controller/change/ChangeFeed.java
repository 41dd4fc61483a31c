package io.aiwm.controller.change;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Records;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;

/** Tells every named consumer the durable changes of the collections it follows; the room's page says what it promises. */
public final class ChangeFeed {
    public static final DocumentStore.Collection COLLECTION = ConsumerPosition.COLLECTION;
    /** Each reads the changes for itself. */
    static final int MOST_CONSUMERS = 32;
    /** A consumer may be away for a week; longer, or after so much, it reads the records instead. */
    static final DocumentStore.ChangeRetention RETENTION =
            new DocumentStore.ChangeRetention(Duration.ofMinutes(10), Duration.ofDays(7), 256L << 20);

    /** How often {@link #trim} is to be called. */
    public static final Duration TRIM_EVERY = Duration.ofMinutes(1);

    private final Vertx vertx;
    private final DocumentStore store;
    private final String self;
    private final boolean alone;
    private final DocumentStore.ChangeRetention retention;
    private final LongSupplier nanoTime;
    private final Records<ConsumerPosition> positions;
    private final List<ChangeConsumer> consumers = new ArrayList<>();
    private final List<ConsumerRun> runs = new ArrayList<>();

    /**
     * @param controllerId of this process
     * @param alone whether no other process uses the store
     */
    public ChangeFeed(Vertx vertx, DocumentStore store, String controllerId, boolean alone) {
        this(vertx, store, controllerId, alone, RETENTION, System::nanoTime);
    }

    ChangeFeed(
            Vertx vertx,
            DocumentStore store,
            String controllerId,
            boolean alone,
            DocumentStore.ChangeRetention retention,
            LongSupplier nanoTime) {
        this.vertx = vertx;
        this.store = store;
        this.self = controllerId;
        this.alone = alone;
        this.retention = retention;
        this.nanoTime = nanoTime;
        this.positions = ConsumerPosition.records(store, alone);
    }

    /** Before the start. */
    public ChangeFeed add(ChangeConsumer consumer) {
        boolean known = consumers.stream().anyMatch(other -> other.name().equals(consumer.name()));
        if (known || consumers.size() >= MOST_CONSUMERS) {
            throw new IllegalArgumentException("consumer " + consumer.name() + " is one too many");
        }
        consumers.add(consumer);
        return this;
    }

    /** After the store is open. Each consumer begins for itself, so none can keep the start waiting. */
    public void start() {
        for (ChangeConsumer consumer : consumers) {
            Context context = ((VertxInternal) vertx).createEventLoopContext();
            var lease = new ConsumerLease(positions, consumer.name(), self, alone, nanoTime);
            runs.add(new ConsumerRun(vertx, context, store, consumer, lease));
        }
        store.onChange(() -> runs.forEach(ConsumerRun::hint));
        runs.forEach(ConsumerRun::start);
    }

    /** A sweep: drops changes that every consumer has been told, and those that are kept for too long already. */
    public Future<Void> trim() {
        var reads = consumers.stream()
                .map(consumer -> positions
                        .get(consumer.name())
                        .map(ConsumerPosition::position)
                        // it was never told anything, and begins with the records
                        .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                                ? Future.succeededFuture()
                                : Future.failedFuture(cause)))
                .toList();
        return Future.all(reads).compose(read -> {
            List<String> passed =
                    reads.stream().map(Future::result).filter(Objects::nonNull).toList();
            return store.trimChanges(passed, retention);
        });
    }

    /** For health: fails with INTERNAL, naming each consumer that fails and where. */
    public Future<JsonObject> check() {
        List<String> troubles =
                runs.stream().map(ConsumerRun::trouble).filter(Objects::nonNull).toList();
        return troubles.isEmpty()
                ? Future.succeededFuture(new JsonObject().put("consumers", runs.size()))
                : Future.failedFuture(new Failure(
                        Failure.Kind.INTERNAL, "consumers of changes fail: " + String.join("; ", troubles)));
    }

    /** Ends every consumer after the change it is at, and leaves it to another controller. Before the store is closed. */
    public Future<Void> close() {
        return Future.join(runs.stream().map(ConsumerRun::stop).toList()).mapEmpty();
    }
}
