package io.aiwm.controller.eventlog;

import io.aiwm.common.Json;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Query.Op;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** The events that are stored. Nothing of it is ever changed; the oldest go. */
public final class EventLog {
    private static final String NAME = "events";
    private static final String RESOURCE = "resourceId";
    private static final String SEQ = "seq";

    public static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
            NAME,
            List.of(Field.text(RESOURCE), Field.number(SEQ), Field.time(Query.CREATED)),
            List.of(List.of(RESOURCE, SEQ)));

    /** Those that are too many go when so many more have come. */
    static final int SLACK = 100;

    private static final int BATCH = 200;

    /**
     * @param count how many of one record are kept, at least
     * @param age how long one is kept
     */
    public record Retention(int count, Duration age) {
        public static final Retention DEFAULT = new Retention(1_000, Duration.ofDays(30));
    }

    private final DocumentStore store;
    private final Retention retention;
    private final InstantSource clock;

    public EventLog(DocumentStore store, Retention retention, InstantSource clock) {
        this.store = store;
        this.retention = retention;
        this.clock = clock;
    }

    /** Stores those that are not there yet. Done twice it is done once. */
    public Future<Void> append(List<Event> events) {
        Future<Void> done = Future.succeededFuture();
        for (int from = 0; from < events.size(); from += BATCH) {
            List<Event> part = events.subList(from, Math.min(events.size(), from + BATCH));
            done = done.compose(before -> store.insertAll(
                            NAME,
                            part.stream()
                                    .map(one -> new Document(one.id(), 1, Json.encode(one)))
                                    .toList()))
                    .compose(stored -> trim(part));
        }
        return done;
    }

    /** Drops what is too old by number, each time {@link #SLACK} more have come. */
    private Future<Void> trim(List<Event> added) {
        Event last = added.get(added.size() - 1);
        boolean due = last.seq() / SLACK != (added.get(0).seq() - 1) / SLACK;
        return !due || last.seq() <= retention.count()
                ? Future.succeededFuture()
                : store.deleteWhere(
                                NAME,
                                Query.where(
                                                Condition.eq(RESOURCE, last.resourceId()),
                                                new Condition(SEQ, Op.LTE, last.seq() - retention.count()))
                                        .limit(Query.MAX_LIMIT))
                        .mapEmpty();
    }

    /** A sweep: drops what is older than is kept. */
    public Future<Void> run() {
        return store.deleteWhere(
                        NAME,
                        Query.where(Condition.lt(Query.CREATED, clock.instant().minus(retention.age())))
                                .limit(1_000))
                .mapEmpty();
    }

    /** @param nextCursor null on the last page */
    public record Page(List<Event> events, String nextCursor) {}

    /**
     * The events of one record.
     *
     * @param after null: newest first. Else those with a greater number, oldest first
     * @param cursor of the page before; null: the first page
     */
    public Future<Page> of(String resourceId, Long after, int limit, String cursor) {
        var where = new ArrayList<>(List.of(Condition.eq(RESOURCE, resourceId)));
        if (after != null) {
            where.add(new Condition(SEQ, Op.GT, after));
        }
        Query query =
                Query.where(where).orderBy(SEQ, after == null).limit(limit).after(cursor);
        return store.find(NAME, query)
                .map(page -> new Page(
                        page.documents().stream()
                                .map(one -> store.decode(one, Event.class))
                                .toList(),
                        page.nextCursor()));
    }
}
