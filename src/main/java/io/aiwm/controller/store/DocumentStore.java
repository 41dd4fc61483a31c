package io.aiwm.controller.store;

import io.aiwm.common.Json;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Where records live: JSON documents with an id and a version, in collections declared once. Every change of a record
 * is one atomic compare-and-set on its version, so two controllers may race and one wins. A succeeded write is durable:
 * it survives kill -9 (and, with {@code storage.sync=full}, power loss).
 *
 * <p>All adapters pass {@code DocumentStoreContract}. Failures: UNAVAILABLE when the store cannot be reached, CONFLICT
 * where a method says so; a future never fails with a raw driver exception.
 */
public interface DocumentStore {

    /** Makes collections and indexes, and migrates older data. Called once, before anything else. */
    Future<Void> open(List<Collection> collections);

    /** Fails with CONFLICT when the id, or a unique field, is taken. */
    Future<Void> insert(String collection, Document document);

    /**
     * All or nothing per document: the answer has, for each in order, whether it was inserted (false: the id, or a
     * unique field, is taken).
     */
    Future<List<Boolean>> insertAll(String collection, List<Document> documents);

    /** Succeeds with null when there is none. */
    Future<Document> get(String collection, String id);

    /**
     * Replaces the record if it still has {@code document.version() - 1}. Fails with CONFLICT when another record has
     * the value of a unique field.
     *
     * @return whether it did; false also when the record is gone
     */
    Future<Boolean> replaceIf(String collection, Document document);

    /** Deletes the record if it has this version; any version when -1. @return whether it did */
    Future<Boolean> delete(String collection, String id, long version);

    /** Deletes at most {@code query.limit()} matching records. @return how many */
    Future<Long> deleteWhere(String collection, Query query);

    /**
     * One page in the query's order; the id breaks ties, so that a cursor neither skips nor repeats. Records without a
     * value come before all others, or after them when descending.
     */
    Future<Page> find(String collection, Query query);

    Future<Long> count(String collection, List<Query.Condition> where);

    /** How many matching records there are for each value of a declared text or number; those without one are left out. */
    Future<Map<String, Long>> countBy(String collection, String field, List<Query.Condition> where);

    /** Whether the store answers and, after a write that failed, can be written again; for health checks. */
    Future<Void> ping();

    /**
     * Reads the changes of these collections, each of which tells them ({@link Collection#told}).
     *
     * @param position where an earlier reader of the same collections ended; null: only what changes after the first call of
     *     {@link ChangeReader#next}
     */
    ChangeReader changes(Set<String> collections, String position);

    /** Called after changes of this process are durable; a hint to read. From any thread; the listener must not block. */
    void onChange(Runnable listener);

    /**
     * Drops changes that need not be kept; called now and then, by one controller at a time or by several.
     *
     * @param passed the positions of all readers that must be told everything
     */
    Future<Void> trimChanges(List<String> passed, ChangeRetention retention);

    /**
     * @param least how long a change is kept at least
     * @param most after this time a change is dropped although not every reader has passed it
     * @param mostChars the size of what is kept, where changes are kept as text beside the records
     */
    record ChangeRetention(Duration least, Duration most, long mostChars) {}

    /** What was found of records that cannot be read; {@link Records} notes them. */
    default UnreadableRecords unreadable() {
        return new UnreadableRecords();
    }

    /** Returns a record as a document of this collection, which {@link #decode} reads. */
    default Document encode(String collection, String id, long version, Object record) {
        return new Document(id, version, Json.encode(record));
    }

    /**
     * What a document of this store says. A store in memory may give the same object to all who read it, as
     * {@link Records#look} does, so nothing of it may be changed. Fails with INVALID naming the first thing that does not fit.
     */
    default <T> T decode(Document document, Class<T> type) {
        return Json.decode(document.json(), type);
    }

    Future<Void> close();

    /**
     * @param version 1 in the first write, one more in each next
     * @param json the whole record as JSON text
     * @param taken the values of declared fields that are known without reading the text; null: none. It repeats what the
     *     text says, so it does not count when documents are compared
     */
    record Document(String id, long version, String json, FieldValues.Taken taken) {
        public Document(String id, long version, String json) {
            this(id, version, json, null);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Document document
                    && id.equals(document.id)
                    && version == document.version
                    && json.equals(document.json);
        }

        @Override
        public int hashCode() {
            return Objects.hash(id, version, json);
        }

        @Override
        public String toString() {
            return "Document[id=" + id + ", version=" + version + ", json=" + json + "]";
        }
    }

    /** @param nextCursor null on the last page */
    record Page(List<Document> documents, String nextCursor) {}

    /**
     * A collection and what of its documents can be queried.
     *
     * @param name letters, digits, {@code _} and {@code -}
     * @param fields top-level or dotted paths, each indexed; a write pays for those whose value it changes
     * @param indexes fields asked for together: those compared with EQ first, then the one that orders. A list filtered
     *     by one field and ordered by another needs one to stay fast among millions. The first field of an index has none
     *     of its own: questions for it are answered by this one, in its order
     * @param told whether changes of its records can be read with {@link #changes}
     */
    record Collection(String name, List<Field> fields, List<List<String>> indexes, boolean told) {
        public Collection {
            fields = List.copyOf(fields);
            indexes = List.copyOf(indexes);
        }

        public Collection(String name, List<Field> fields) {
            this(name, fields, List.of());
        }

        public Collection(String name, List<Field> fields, List<List<String>> indexes) {
            this(name, fields, indexes, false);
        }

        /** The same, which tells its changes: a write then also writes its entry, in the same transaction. */
        public Collection telling() {
            return new Collection(name, fields, indexes, true);
        }
    }

    /**
     * @param path names joined by dots; the path {@code id} is every record's own and is not declared
     * @param type how its values compare; a value of another type counts as none
     * @param unique no two documents may have the same non-null value
     */
    record Field(String path, Type type, boolean unique) {
        public static Field text(String path) {
            return new Field(path, Type.TEXT, false);
        }

        public static Field number(String path) {
            return new Field(path, Type.NUMBER, false);
        }

        public static Field time(String path) {
            return new Field(path, Type.TIME, false);
        }

        public static Field unique(String path) {
            return new Field(path, Type.TEXT, true);
        }

        public static Field texts(String path) {
            return new Field(path, Type.TEXT_ARRAY, false);
        }
    }

    /**
     * TIME: RFC 3339 text in UTC, as {@link java.time.Instant} writes it; compares as microseconds since the epoch, with
     * an Instant or that number.
     *
     * <p>TEXT_ARRAY: a list of texts; EQ and IN ask whether the list contains the value, NE whether it does not. Not indexed
     * by every adapter, so combine it with another condition.
     */
    enum Type {
        TEXT,
        NUMBER,
        TIME,
        TEXT_ARRAY
    }
}
