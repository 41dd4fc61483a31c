package io.aiwm.controller.store;

import io.vertx.core.Future;
import java.util.List;
import java.util.Map;

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

    /** All or nothing per document: the answer has, for each in order, whether it was inserted (false: id taken). */
    Future<List<Boolean>> insertAll(String collection, List<Document> documents);

    /** Succeeds with null when there is none. */
    Future<Document> get(String collection, String id);

    /**
     * Replaces the record if it still has {@code document.version() - 1}.
     *
     * @return whether it did; false also when the record is gone
     */
    Future<Boolean> replaceIf(String collection, Document document);

    /** Deletes the record if it has this version; any version when -1. @return whether it did */
    Future<Boolean> delete(String collection, String id, long version);

    /** Deletes at most {@code query.limit()} matching records. @return how many */
    Future<Long> deleteWhere(String collection, Query query);

    /** One page in the query's order; the id breaks ties, so that a cursor neither skips nor repeats. */
    Future<Page> find(String collection, Query query);

    Future<Long> count(String collection, List<Query.Condition> where);

    /** How many matching records there are for each value of a declared field. */
    Future<Map<String, Long>> countBy(String collection, String field, List<Query.Condition> where);

    /** Whether the store answers, for health checks. */
    Future<Void> ping();

    Future<Void> close();

    /**
     * @param version 1 in the first write, one more in each next
     * @param json the whole record as JSON text
     */
    record Document(String id, long version, String json) {}

    /** @param nextCursor null on the last page */
    record Page(List<Document> documents, String nextCursor) {}

    /**
     * A collection and what of its documents can be queried.
     *
     * @param fields top-level or dotted paths, indexed
     */
    record Collection(String name, List<Field> fields) {}

    /** @param type how its values compare. @param unique no two documents may have the same non-null value */
    record Field(String path, Type type, boolean unique) {
        public static Field text(String path) {
            return new Field(path, Type.TEXT, false);
        }

        public static Field number(String path) {
            return new Field(path, Type.NUMBER, false);
        }

        public static Field unique(String path) {
            return new Field(path, Type.TEXT, true);
        }
    }

    /** TEXT_ARRAY: a list of texts; a condition EQ or IN on it asks whether the list contains the value. */
    enum Type {
        TEXT,
        NUMBER,
        TEXT_ARRAY
    }
}
