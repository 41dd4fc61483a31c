package io.aiwm.controller.execution;

import io.aiwm.common.Failure;
import io.aiwm.controller.change.ChangeConsumer;
import io.aiwm.controller.store.Change;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which executions (jobs among them) users want to keep, however old they are. The only writer of their records. A pin goes
 * with its execution: that is told by the change feed, so no pin outlives it.
 */
public final class Pins implements ChangeConsumer {
    private static final String NAME = "pins";
    public static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(NAME, List.of());

    /** @param id of the execution */
    public record Pin(String id, long version, String createdBy, Instant createdAt) {}

    private final Records<Pin> records;
    private final Executions executions;
    private final InstantSource clock;

    public Pins(DocumentStore store, Executions executions, InstantSource clock) {
        this.records = new Records<>(
                store,
                NAME,
                Pin.class,
                Records.Shape.of(
                        Pin::id,
                        Pin::version,
                        (Pin pin, Long next) -> new Pin(pin.id, next, pin.createdBy, pin.createdAt)),
                pin -> false,
                false);
        this.executions = executions;
        this.clock = clock;
    }

    /** Fails with NOT_FOUND where there is no such execution. Repeating it is harmless. */
    public Future<Void> pin(String executionId, String actor) {
        return executions
                .get(executionId)
                .compose(there -> records.insert(new Pin(executionId, 1, actor, clock.instant())))
                .<Void>mapEmpty()
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.CONFLICT
                        ? Future.succeededFuture()
                        : Future.failedFuture(cause));
    }

    public Future<Void> unpin(String executionId) {
        return records.delete(executionId).mapEmpty();
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Set<String> collections() {
        return Set.of(Executions.COLLECTION.name());
    }

    @Override
    public boolean wants(Change change) {
        return change.deleted();
    }

    @Override
    public Future<?> changed(Change deletion) {
        return unpin(deletion.id());
    }

    /** Forgets the pins of executions that are gone. */
    @Override
    public Future<?> resync() {
        return resync(Query.all());
    }

    private Future<Void> resync(Query query) {
        return records.find(query).compose(page -> {
            Future<Void> done = Future.succeededFuture();
            for (Pin pin : page.items()) {
                done = done.compose(before -> forgetIfGone(pin.id()));
            }
            return page.nextCursor() == null ? done : done.compose(all -> resync(query.after(page.nextCursor())));
        });
    }

    private Future<Void> forgetIfGone(String executionId) {
        return executions.get(executionId).<Void>mapEmpty().recover(cause -> switch (Failure.of(cause).kind) {
            case NOT_FOUND -> unpin(executionId);
            case INTERNAL -> Future.succeededFuture(); // it cannot be read, so it is there
            default -> Future.failedFuture(cause);
        });
    }

    public Future<Records.Page<Pin>> find(int limit, String cursor) {
        return records.find(new Query(List.of(), List.of(), limit, cursor));
    }

    /** Which of these are pinned, also where the pin cannot be read. */
    public Future<Set<String>> among(Collection<String> executionIds) {
        return executionIds.isEmpty()
                ? Future.succeededFuture(Set.of())
                : records.find(Query.where(Condition.in("id", List.copyOf(executionIds)))
                                .limit(Query.MAX_LIMIT))
                        .map(page -> {
                            var pinned = new HashSet<>(page.unreadable());
                            page.items().forEach(pin -> pinned.add(pin.id));
                            return pinned;
                        });
    }
}
