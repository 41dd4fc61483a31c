package io.aiwm.controller.store;

import io.aiwm.common.Failure;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The access to records of one type. Every change is a compare-and-set on the version. Changes of one record that arrive during a
 * write are applied together and written as the next version, so a busy record costs few writes. A caller's future succeeds only
 * when a version that contains its change is durable.
 *
 * <p>Thread-safe. A change function may run several times (after a lost race it runs again on the fresh record), so it must be free of
 * side effects; these belong into {@link #onWritten}.
 */
public final class Records<T> {
    /** Of a page, about. */
    private static final int MOST_CHARS = 8 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(Records.class);

    /** How a record type shows its identity. */
    public interface Shape<T> {
        String id(T record);

        long version(T record);

        T withVersion(T record, long version);

        /** @param copy of a record, with another version */
        static <T> Shape<T> of(Function<T, String> id, ToLongFunction<T> version, BiFunction<T, Long, T> copy) {
            return new Shape<>() {
                @Override
                public String id(T record) {
                    return id.apply(record);
                }

                @Override
                public long version(T record) {
                    return version.applyAsLong(record);
                }

                @Override
                public T withVersion(T record, long next) {
                    return copy.apply(record, next);
                }
            };
        }
    }

    /**
     * @param nextCursor null on the last page
     * @param unreadable ids of records that belong among the items and cannot be read; the log names each
     */
    public record Page<T>(List<T> items, String nextCursor, List<String> unreadable) {
        public Page(List<T> items, String nextCursor) {
            this(items, nextCursor, List.of());
        }
    }

    private final DocumentStore store;
    private final String collection;
    private final Shape<T> shape;
    private final boolean exclusive;
    private final RecordDocuments<T> documents;
    private final RecordWriteQueue<T> turns;
    private BinaryOperator<T> amendment = (before, after) -> after;
    private BiFunction<T, T, List<String>> description = (before, after) -> List.of();
    private final List<BiConsumer<T, T>> listeners = new ArrayList<>();
    private final List<Consumer<String>> deletedListeners = new ArrayList<>();

    /**
     * @param keepInMemory which records stay in memory after a write, because they are likely to change again soon
     * @param exclusive whether this process is the only writer; if not, a record in memory is read again before a refusal is final
     */
    public Records(
            DocumentStore store,
            String collection,
            Class<T> type,
            Shape<T> shape,
            Predicate<T> keepInMemory,
            boolean exclusive) {
        this.store = store;
        this.collection = collection;
        this.shape = shape;
        this.exclusive = exclusive;
        this.documents = new RecordDocuments<>(store, collection, type, shape, LOG);
        this.turns = new RecordWriteQueue<>(documents, keepInMemory, exclusive, this::tell);
    }

    /**
     * Called once after each durable write with the record before (null: inserted) and after it, in version order per
     * record. Register before the first write; a listener must not block and its exceptions are logged.
     */
    public void onWritten(BiConsumer<T, T> listener) {
        listeners.add(listener);
    }

    /**
     * Adds to every change what follows from it, before it is written and in the same write; pure, as a change is.
     * Register before the first write.
     *
     * @param toEach gets the record before (null: it is inserted) and after a change, and returns what is to be written
     */
    public void amend(BinaryOperator<T> toEach) {
        amendment = toEach;
    }

    /**
     * Says of every change what readers of the changes cannot see in the newest version; kept with the change, in the same write
     * ({@link Change#notes}). Register before the first write.
     *
     * @param ofEach gets the record before (null: it is inserted) and after a change; called again for one that lost a race
     */
    public void describe(BiFunction<T, T, List<String>> ofEach) {
        description = (before, after) -> {
            try {
                return ofEach.apply(before, after);
            } catch (RuntimeException cause) {
                LOG.error("a change of {} {} cannot be described", collection, shape.id(after), cause);
                return List.of();
            }
        };
        turns.describe(description);
    }

    /** Called after each durable deletion by this process, with the id. Register before the first; must not block. */
    public void onDeleted(Consumer<String> listener) {
        deletedListeners.add(listener);
    }

    /**
     * Stores a new record as version 1. Fails with CONFLICT when the id is taken. Changes requested meanwhile wait for it; they see the
     * record, and listeners are called for the insertion first.
     */
    public Future<T> insert(T made) {
        return insert(shape.id(made), () -> made);
    }

    /**
     * The same with a record that is made only when no other work on this id runs. @param made returns a record with that id
     */
    public Future<T> insert(String id, Supplier<T> made) {
        return turns.inTurn(id, entry -> {
            T first = shape.withVersion(amendment.apply(null, made.get()), 1);
            return documents.insert(first, description.apply(null, first)).map(done -> {
                entry.store(first);
                tell(null, first);
                return first;
            });
        });
    }

    /** Reads the durable record. Fails with NOT_FOUND, or with INTERNAL when it cannot be read. */
    public Future<T> get(String id) {
        return documents.get(id);
    }

    /**
     * The same without decoding it again where this process is the only writer and has it in memory. It is shared and must not be
     * modified.
     */
    public Future<T> newest(String id) {
        T kept = exclusive ? kept(id) : null;
        return kept == null ? get(id) : Future.succeededFuture(kept);
    }

    /** Returns the record if it is in memory, else null; as of its last durable write by this process. */
    public T kept(String id) {
        return turns.kept(id);
    }

    /**
     * Changes a record. Returning the same instance means "nothing to do" and succeeds with the record as it is;
     * throwing a {@link Failure} refuses. Fails with NOT_FOUND when there is no such record.
     */
    public Future<T> update(String id, UnaryOperator<T> change) {
        return turns.change(id, seen -> {
            T changed = change.apply(seen);
            return changed == seen ? seen : amendment.apply(seen, changed);
        });
    }

    /** Returns a page. A record that cannot be read is left out: see {@link Page#unreadable}. */
    public Future<Page<T>> find(Query query) {
        return documents.find(query, documents::read);
    }

    /** The same for people, who may ask for a thousand records of a megabyte: such a page ends early, with a cursor. */
    public Future<Page<T>> page(Query query) {
        return documents.page(query, MOST_CHARS);
    }

    /**
     * The same for readers of very many records: a record in memory with the stored version is not decoded again. It is shared and
     * must not be modified.
     */
    public Future<Page<T>> look(Query query) {
        return documents.find(query, document -> {
            T kept = kept(document.id());
            return kept != null && shape.version(kept) == document.version() ? kept : documents.read(document);
        });
    }

    /** Deletes the record with any version, after a running write of it. @return whether there was one */
    public Future<Boolean> delete(String id) {
        return turns.inTurn(
                id,
                entry -> store.delete(collection, id, -1).onComplete(done -> {
                    entry.store(null);
                    if (done.succeeded()) {
                        documents.deleted(id);
                    }
                    if (done.succeeded() && done.result()) {
                        deletedListeners.forEach(listener -> listener.accept(id));
                    }
                }));
    }

    /** Deletes the record if it still has this version. @return whether it was deleted */
    public Future<Boolean> delete(T seen) {
        String id = shape.id(seen);
        return turns.inTurn(
                id, entry -> store.delete(collection, id, shape.version(seen)).onComplete(done -> entry.store(null)));
    }

    /**
     * Deletes at most {@code query.limit()} matching records, which must not be in memory. @return the number of deleted records
     */
    public Future<Long> deleteWhere(Query query) {
        return store.deleteWhere(collection, query);
    }

    public Future<Long> count(List<Query.Condition> where) {
        return store.count(collection, where);
    }

    public Future<Map<String, Long>> countBy(String field, List<Query.Condition> where) {
        return store.countBy(collection, field, where);
    }

    /** Removes these from memory, except those being written, because another process may have written them. */
    public void release(Predicate<String> ids) {
        turns.release(ids);
    }

    private void tell(T before, T after) {
        for (BiConsumer<T, T> listener : listeners) {
            try {
                listener.accept(before, after);
            } catch (RuntimeException cause) {
                LOG.error("a listener to {} broke", collection, cause);
            }
        }
    }
}
