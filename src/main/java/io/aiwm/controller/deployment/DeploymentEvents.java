package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.controller.change.ChangeConsumer;
import io.aiwm.controller.eventlog.Event;
import io.aiwm.controller.eventlog.EventLog;
import io.aiwm.controller.eventlog.Outbox;
import io.aiwm.controller.store.Change;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Takes the events of deployments from their records, where they stand since the write that they tell of, to the log. A
 * record forgets those that are in the log when it is written for another reason, so they cost no write of their own;
 * where another controller writes it, and many have gathered, this one makes it forget.
 */
public final class DeploymentEvents implements ChangeConsumer {
    static final String TYPE = "deployment";
    /** A record that has so many which are in the log already, is written to forget them. */
    private static final int MANY = 32;

    private final EventLog log;
    private final InstantSource clock;
    /** By deployment, up to which number they are known to be in the log. */
    private final Map<String, Long> confirmed = new ConcurrentHashMap<>();

    private Records<Deployment> records;

    DeploymentEvents(EventLog log, InstantSource clock) {
        this.log = log;
        this.clock = clock;
    }

    DeploymentEvents of(Records<Deployment> all) {
        records = all;
        all.onDeleted(confirmed::remove);
        return this;
    }

    /** Adds to a record what has just happened to it. Pure but for what it knows of the log. @param before null: new */
    Deployment noted(Deployment before, Deployment after) {
        Outbox box = after.outbox()
                .without(confirmed(after.id()))
                .with(TYPE, after.id(), DeploymentEventNotes.between(before, after, clock.instant()));
        return box == after.outbox()
                ? after
                : DeploymentBuilder.builder(after).outbox(box).build();
    }

    private long confirmed(String id) {
        return confirmed.getOrDefault(id, 0L);
    }

    /** Adds an event that is no change of the record. Nothing happens if the deployment is gone. */
    public Future<Void> add(String id, Event event) {
        return records.update(
                        id,
                        seen -> DeploymentBuilder.builder(seen)
                                .outbox(seen.outbox().with(TYPE, id, List.of(event)))
                                .build())
                .recover(Deployments::gone)
                .mapEmpty();
    }

    /** Sees to it that all events of a record are in the log. */
    public Future<Void> flush(Deployment seen) {
        long known = confirmed(seen.id());
        Outbox box = seen.outbox().without(known);
        return box.last() <= known || box.waiting().isEmpty()
                ? Future.succeededFuture()
                : log.append(box.waiting()).onSuccess(done -> confirmed.merge(seen.id(), box.last(), Math::max));
    }

    /** The same for one that is about to be deleted, whose record cannot tell any more. */
    Future<Void> flushLast(Deployment seen) {
        Outbox all = seen.outbox().with(TYPE, seen.id(), List.of(DeploymentEventNotes.deleted(clock.instant())));
        return log.append(all.waiting());
    }

    /** See {@link EventLog#of}. */
    public Future<EventLog.Page> page(String id, Long after, int limit, String cursor) {
        return log.of(id, after, limit, cursor);
    }

    @Override
    public String name() {
        return "deployment-events";
    }

    @Override
    public Set<String> collections() {
        return Set.of(Deployments.COLLECTION.name());
    }

    @Override
    public boolean wants(Change change) {
        return !change.deleted();
    }

    @Override
    public Future<?> changed(Change change) {
        return records.get(change.id())
                .recover(cause -> switch (Failure.of(cause).kind) {
                    // gone, or unreadable: its events come when it can be read again
                    case NOT_FOUND, INTERNAL -> Future.succeededFuture();
                    default -> Future.failedFuture(cause);
                })
                .compose(seen -> seen == null ? Future.succeededFuture() : taken(seen));
    }

    private Future<Void> taken(Deployment seen) {
        return flush(seen)
                .compose(done -> seen.outbox().waiting().size() < MANY
                        ? Future.succeededFuture()
                        : records.update(seen.id(), this::forgetful)
                                .recover(Deployments::gone)
                                .mapEmpty());
    }

    private Deployment forgetful(Deployment fresh) {
        Outbox box = fresh.outbox().without(confirmed(fresh.id()));
        return box == fresh.outbox()
                ? fresh
                : DeploymentBuilder.builder(fresh).outbox(box).build();
    }

    @Override
    public Future<?> resync() {
        return resync(Query.all());
    }

    private Future<Void> resync(Query query) {
        return records.find(query).compose(page -> {
            Future<Void> done = Future.succeededFuture();
            for (Deployment one : page.items()) {
                done = done.compose(before -> flush(one));
            }
            return page.nextCursor() == null ? done : done.compose(all -> resync(query.after(page.nextCursor())));
        });
    }
}
