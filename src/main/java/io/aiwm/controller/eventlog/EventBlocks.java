package io.aiwm.controller.eventlog;

import io.aiwm.common.Failure;
import io.aiwm.common.SortedNumber;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Query.Op;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/**
 * The log of all events in the store: blocks of consecutive revisions, one document each, so that hundreds of events cost one
 * write. The first revision of a block is its id, and revisions have no gaps: of two controllers that append after the same
 * revision one fails.
 */
public final class EventBlocks {
    private static final String NAME = "eventBlocks";
    private static final String FIRST = "first";
    private static final String LAST = "last";

    public static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
                    NAME, List.of(Field.number(FIRST), Field.number(LAST), Field.time(Query.CREATED)))
            .once();

    private static final int TRIM_AT_ONCE = 500;

    /**
     * @param count how many events are kept, at least
     * @param age how long an event is kept
     */
    public record Retention(long count, Duration age) {}

    /** @param events in the order of revisions */
    record Block(long first, long last, Instant createdAt, List<ClusterEvent> events) {
        static Block of(Document stored) {
            var json = new JsonObject(stored.json());
            return new Block(
                    json.getLong(FIRST),
                    json.getLong(LAST),
                    json.getInstant(Query.CREATED),
                    json.getJsonArray("events").stream()
                            .map(one -> ClusterEvent.of((JsonObject) one))
                            .toList());
        }
    }

    private final DocumentStore store;
    private final Retention retention;
    private final InstantSource clock;

    public EventBlocks(DocumentStore store, Retention retention, InstantSource clock) {
        this.store = store;
        this.retention = retention;
        this.clock = clock;
    }

    /**
     * Appends a block. Fails with CONFLICT when another controller has appended after the same revision.
     *
     * @param first revision of the first event
     * @param events JSON texts with consecutive revisions
     */
    Future<Void> append(long first, List<String> events) {
        String json = "{\"first\":" + first + ",\"last\":" + (first + events.size() - 1) + ",\"createdAt\":\""
                + clock.instant() + "\",\"events\":[" + String.join(",", events) + "]}";
        return store.insert(NAME, new Document(id(first), 1, json));
    }

    private static String id(long first) {
        return SortedNumber.text(first);
    }

    /** Returns the newest revision; 0 where there is none. */
    Future<Long> head() {
        return newest(Long.MAX_VALUE, 1)
                .map(blocks -> blocks.isEmpty() ? 0 : blocks.get(0).last());
    }

    /** Returns the oldest revision that is kept; 1 where there is none. */
    Future<Long> oldest() {
        return find(Query.all().orderBy(FIRST, false).limit(1))
                .map(blocks -> blocks.isEmpty() ? 1 : blocks.get(0).first());
    }

    /** Returns the blocks with events after this revision, oldest first. */
    Future<List<Block>> after(long revision, int limit) {
        return find(Query.where(new Condition(LAST, Op.GT, revision))
                .orderBy(LAST, false)
                .limit(limit));
    }

    /** Returns the blocks with events before this revision, newest first. */
    Future<List<Block>> newest(long before, int limit) {
        return find(
                Query.where(Condition.lt(FIRST, before)).orderBy(FIRST, true).limit(limit));
    }

    private Future<List<Block>> find(Query query) {
        return store.find(NAME, query)
                .map(page -> page.documents().stream().map(Block::of).toList());
    }

    /** A sweep: drops blocks that are too old, or too many. The newest one stays, because it has the newest revision. */
    public Future<Void> run() {
        return head().compose(head -> drop(
                        new Condition(LAST, Op.LTE, head - retention.count()), new Condition(LAST, Op.LT, head))
                .compose(done -> drop(
                        Condition.lt(Query.CREATED, clock.instant().minus(retention.age())),
                        new Condition(LAST, Op.LT, head))));
    }

    private Future<Void> drop(Condition... which) {
        return store.deleteWhere(NAME, Query.where(which).orderBy(LAST, false).limit(TRIM_AT_ONCE))
                .mapEmpty();
    }

    static Failure tooOld(long after, long oldest, long head) {
        return new Failure(
                Failure.Kind.GONE,
                "events after revision " + after + " are not kept any more, or never were: " + oldest + " to " + head
                        + " are; read the records again and go on after " + head);
    }
}
