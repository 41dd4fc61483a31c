package io.aiwm.controller.node;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The only writer of the {@link Storm}. Controllers agree on it through the store: one of them finds it, all keep to it. */
public final class Storms {
    private static final Logger LOG = LoggerFactory.getLogger(Storms.class);
    private static final String ID = "storm";

    public static final DocumentStore.Collection COLLECTION =
            new DocumentStore.Collection("storms", List.of()).telling();

    private final Records<Storm> records;
    private final InstantSource clock;

    public Storms(DocumentStore store, InstantSource clock) {
        this.clock = clock;
        this.records = new Records<>(
                store,
                COLLECTION.name(),
                Storm.class,
                Records.Shape.of(Storm::id, Storm::version, Storm::withVersion),
                kept -> false,
                false);
        records.onWritten(Storms::log);
    }

    /** As it is stored; one that is not active and has no {@code since} where there was none yet. */
    public Future<Storm> get() {
        return records.get(ID)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(Storm.none(ID))
                        : Future.failedFuture(cause))
                .recover(this::unreadable);
    }

    /** Takes those still gone for lost. Fails with CONFLICT when there is no storm. */
    public Future<Storm> resolve(String actor) {
        return ensured(() -> records.update(ID, seen -> {
                    if (!seen.active()) {
                        throw Failure.conflict("there is no storm: nothing is held back");
                    }
                    return seen.ended(Storm.Outcome.RESOLVED, now(), actor);
                }))
                .recover(cause -> unreadable(cause)
                        .compose(unknown -> records.delete(ID)
                                .compose(gone -> records.insert(unknown.ended(Storm.Outcome.RESOLVED, now(), actor)))));
    }

    /** See {@link StormGuard#judge}. */
    Future<Storm> judge(StormGuard guard, Collection<StormGuard.Sign> signs, boolean due) {
        return ensured(() -> records.update(ID, seen -> guard.judge(seen, signs, due, now())))
                .recover(this::unreadable);
    }

    /** A record that cannot be read may say that there is a storm: nothing is taken as lost until an operator says so. */
    private Future<Storm> unreadable(Throwable cause) {
        return Failure.of(cause).kind == Failure.Kind.INTERNAL
                ? Future.succeededFuture(Storm.none(ID)
                        .begun(
                                now(),
                                List.of(),
                                0,
                                "the record of the storm cannot be read, so work of silent nodes is held until an"
                                        + " operator resolves it"))
                : Future.failedFuture(cause);
    }

    /** The first time ever there is no record yet; of two who make it, one does. */
    private Future<Storm> ensured(Supplier<Future<Storm>> change) {
        return change.get()
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? records.insert(Storm.none(ID)).otherwiseEmpty().compose(made -> change.get())
                        : Future.failedFuture(cause));
    }

    private static void log(Storm before, Storm after) {
        boolean was = before != null && before.active();
        if (after.active() && !was) {
            LOG.error(
                    "{}: nothing of theirs is started elsewhere until they return or an operator resolves it",
                    after.reason());
        } else if (was && !after.active()) {
            LOG.warn("the storm is over: {}{}", after.outcome(), after.actor() == null ? "" : " by " + after.actor());
        }
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }
}
