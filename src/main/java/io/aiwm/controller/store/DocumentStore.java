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

    /**
     * Stores the documents, each in place of the one with its id, whatever the version of that is. For records that one
     * process alone writes. Fails with INVALID where the collection has unique fields or tells its changes.
     */
    Future<Void> putAll(String collection, List<Document> documents);

    /** Succeeds with null when there is none. */
    Future<Document> get(String collection, String id);

    /**
     * Replaces the record if its version is {@code document.version() - 1}. Fails with CONFLICT when another record has the value of
     * a unique field.
     *
     * @return whether it was replaced; false also when the record was deleted
     */
    Future<Boolean> replaceIf(String collection, Document document);

    /** Deletes the record if it has this version; with -1 any version. @return whether it was deleted */
    Future<Boolean> delete(String collection, String id, long version);

    /** Deletes at most {@code query.limit()} matching records. @return the number of deleted records */
    Future<Long> deleteWhere(String collection, Query query);

    /**
     * One page in the query's order; the id breaks ties, so that a cursor neither skips nor repeats. Records without a
     * value come before all others, or after them when descending.
     */
    Future<Page> find(String collection, Query query);

    Future<Long> count(String collection, List<Query.Condition> where);

    /**
     * Returns the number of matching records per value of a declared text or number field; records without a value are not counted.
     */
    Future<Map<String, Long>> countBy(String collection, String field, List<Query.Condition> where);

    /** Succeeds when the store answers and, after a failed write, can write again. For health checks. */
    Future<Void> ping();

    /**
     * Returns a reader of the changes of these collections; each must be declared with {@link Collection#told}.
     *
     * @param position of an earlier reader of the same collections; null: only changes after the first call of
     * {@link ChangeReader#next}
     */
    ChangeReader changes(Set<String> collections, String position);

    /**
     * Calls the listener after changes of this process are durable, as a hint to read. It is called on any thread and must not block.
     */
    void onChange(Runnable listener);

    /**
     * Drops changes that are no longer needed. Called at intervals, by one or several controllers.
     *
     * @param passed the positions of all consumers that must receive every change
     */
    Future<Void> trimChanges(List<String> passed, ChangeRetention retention);

    /**
     * @param least the minimum time for which a change is kept
     * @param most after this time a change is dropped even if not every consumer has passed it
     * @param mostChars the maximum size of the kept changes, where changes are stored as text beside the records
     */
    record ChangeRetention(Duration least, Duration most, long mostChars) {}

    /** Returns the stored records that could not be read; {@link Records} adds to them. */
    default UnreadableRecords unreadable() {
        return new UnreadableRecords();
    }

    /** Returns a record as a document of this collection; {@link #decode} is the reverse. */
    default Document encode(String collection, String id, long version, Object record) {
        return new Document(id, version, Json.encode(record));
    }

    /**
     * Returns the record in a document of this store. A store in memory may return the same object to several readers, as
     * {@link Records#look} does, so the record must not be modified. Fails with INVALID that names the first field that does not fit.
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
     * @param notes what is said of this version to those who read the changes: texts that are kept with the change and not with
     *     the record, in the same write. A collection that records no changes drops them; reads return none
     */
    record Document(String id, long version, String json, FieldValues.Taken taken, List<String> notes) {
        /** Of one version; the first ones are kept. */
        public static final int MOST_NOTES = 100;

        public Document {
            notes = List.copyOf(notes.size() > MOST_NOTES ? notes.subList(0, MOST_NOTES) : notes);
        }

        public Document(String id, long version, String json) {
            this(id, version, json, null);
        }

        public Document(String id, long version, String json, FieldValues.Taken taken) {
            this(id, version, json, taken, List.of());
        }

        public Document noting(List<String> said) {
            return said.isEmpty() ? this : new Document(id, version, json, taken, said);
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
     * @param writtenOnce whether its documents are not written again soon, so that they do not push records in work out of memory
     */
    record Collection(String name, List<Field> fields, List<List<String>> indexes, boolean told, boolean writtenOnce) {
        public Collection {
            fields = List.copyOf(fields);
            indexes = List.copyOf(indexes);
        }

        public Collection(String name, List<Field> fields) {
            this(name, fields, List.of());
        }

        public Collection(String name, List<Field> fields, List<List<String>> indexes) {
            this(name, fields, indexes, false, false);
        }

        /**
         * Returns this collection with changes recorded: each write then also writes its change, in the same transaction.
         */
        public Collection telling() {
            return new Collection(name, fields, indexes, true, writtenOnce);
        }

        /** Returns this collection as one whose documents are not written again soon. */
        public Collection once() {
            return new Collection(name, fields, indexes, told, true);
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
