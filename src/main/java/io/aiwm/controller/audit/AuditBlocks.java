package io.aiwm.controller.audit;

import com.fasterxml.jackson.annotation.JsonRawValue;
import io.aiwm.common.AuditChain;
import io.aiwm.common.SortedNumber;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Query.Op;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The audit chain in the store: blocks of consecutive entries, one document each. The first number of a block is its id. */
final class AuditBlocks {
    private static final String NAME = "auditBlocks";
    private static final String FIRST = "first";
    private static final String LAST = "last";

    static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
                    NAME, List.of(Field.number(FIRST), Field.number(LAST), Field.time(Query.CREATED)))
            .telling()
            .once();

    private final DocumentStore store;

    AuditBlocks(DocumentStore store) {
        this.store = store;
    }

    /** The newest entry. */
    record Head(long seq, String hash) {}

    /** @param entries in the order of numbers */
    record Block(long first, long last, Instant createdAt, List<JsonObject> entries) {
        static Block of(Document stored) {
            var json = new JsonObject(stored.json());
            var entries = new ArrayList<JsonObject>();
            json.getJsonArray("entries").forEach(entry -> entries.add((JsonObject) entry));
            return new Block(json.getLong(FIRST), json.getLong(LAST), json.getInstant(Query.CREATED), entries);
        }

        JsonObject newest() {
            return entries.get(entries.size() - 1);
        }
    }

    /** Fails with CONFLICT when another controller has appended after the same entry. */
    Future<Void> append(long first, List<String> entries, Instant now, List<String> notes) {
        var block = new Stored(first, first + entries.size() - 1, now, '[' + String.join(",", entries) + ']');
        return store.insert(
                NAME, store.encode(NAME, SortedNumber.text(first), 1, block).noting(notes));
    }

    /** A block as it is stored. @param entries JSON */
    private record Stored(
            long first,
            long last,
            Instant createdAt,
            @JsonRawValue String entries) {}

    Future<Head> head() {
        return before(Long.MAX_VALUE, 1)
                .map(blocks -> blocks.isEmpty()
                        ? new Head(0, AuditChain.NOTHING)
                        : new Head(blocks.get(0).last(), blocks.get(0).newest().getString(AuditChain.HASH)));
    }

    /** Returns blocks with entries before this number, newest first. */
    Future<List<Block>> before(long seq, int limit) {
        return find(Query.where(Condition.lt(FIRST, seq)).orderBy(FIRST, true).limit(limit));
    }

    /** Returns blocks with entries after this number, oldest first. */
    Future<List<Block>> after(long seq, int limit) {
        return find(Query.where(new Condition(LAST, Op.GT, seq))
                .orderBy(LAST, false)
                .limit(limit));
    }

    /** Returns the newest block of those that are older; null: none. */
    Future<Block> newestBefore(Instant time) {
        return find(Query.where(Condition.lt(Query.CREATED, time))
                        .orderBy(Query.CREATED, true)
                        .limit(1))
                .map(blocks -> blocks.isEmpty() ? null : blocks.get(0));
    }

    /** Drops blocks up to this number. @return how many */
    Future<Long> dropThrough(long seq, int most) {
        return store.deleteWhere(
                NAME,
                Query.where(new Condition(LAST, Op.LTE, seq))
                        .orderBy(LAST, false)
                        .limit(most));
    }

    private Future<List<Block>> find(Query query) {
        return store.find(NAME, query)
                .map(page -> page.documents().stream().map(Block::of).toList());
    }
}
