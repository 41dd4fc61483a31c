package io.aiwm.controller.store;

import io.aiwm.common.Failure;
import io.aiwm.common.RateLimitedLog;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The one gate to records of one type. Every change is a compare-and-set on the version; changes of one record that
 * arrive while it is being written are applied together and written as the next version, so a busy record costs few
 * writes. Each caller's future succeeds only when a version that contains its change is durable.
 *
 * <p>Safe to use from any thread. A change function may run several times (after a lost race it runs again on the fresh
 * record), so it computes and does nothing else; what must happen after a write belongs into {@link #onWritten}.
 */
public final class Records<T> {
    private static final Logger LOG = LoggerFactory.getLogger(Records.class);
    /** A record that loses this many races in a row has a fault, not bad luck. */
    private static final int MAX_RACES = 50;

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
    private final UnreadableRecords unreadable;
    private final String collection;
    private final Class<T> type;
    private final Shape<T> shape;
    private final Predicate<T> keepInMemory;
    private final boolean exclusive;
    private final Map<String, Entry> entries = new ConcurrentHashMap<>();
    private final List<BiConsumer<T, T>> listeners = new ArrayList<>();
    private final List<Consumer<String>> deletedListeners = new ArrayList<>();
    private final RateLimitedLog troubles = RateLimitedLog.troubles(LOG, Level.ERROR);

    /**
     * @param keepInMemory which records are worth keeping after a write, because they will change again soon
     * @param exclusive whether this process is the only writer; if not, a kept record is read afresh before it is
     *     believed in a refusal
     */
    public Records(
            DocumentStore store,
            String collection,
            Class<T> type,
            Shape<T> shape,
            Predicate<T> keepInMemory,
            boolean exclusive) {
        this.store = store;
        this.unreadable = store.unreadable();
        this.collection = collection;
        this.type = type;
        this.shape = shape;
        this.keepInMemory = keepInMemory;
        this.exclusive = exclusive;
    }

    /**
     * Called once after each durable write with the record before (null: inserted) and after it, in version order per
     * record. Register before the first write; a listener must not block and its exceptions are logged.
     */
    public void onWritten(BiConsumer<T, T> listener) {
        listeners.add(listener);
    }

    /** Called after each durable deletion by this process, with the id. Register before the first; must not block. */
    public void onDeleted(Consumer<String> listener) {
        deletedListeners.add(listener);
    }

    /**
     * Stores a new record as version 1. Fails with CONFLICT when the id is taken. Changes that are asked for meanwhile wait
     * for it: they find the record, and listeners hear of it before they hear of them.
     */
    public Future<T> insert(T made) {
        return insert(shape.id(made), () -> made);
    }

    /** The same of a record that is made only when nothing else is being done to one of this id. @param made has that id */
    public Future<T> insert(String id, Supplier<T> made) {
        return inTurn(id, entry -> {
            T first = shape.withVersion(made.get(), 1);
            return store.insert(collection, document(first)).map(done -> {
                synchronized (entry) {
                    entry.stored = first;
                }
                tell(null, first);
                return first;
            });
        });
    }

    /** Does this to a record while nothing else is done to it. */
    private <R> Future<R> inTurn(String id, Function<Entry, Future<R>> work) {
        Promise<R> promise = Promise.promise();
        Entry entry = take(id, busy -> busy.turns.add(() -> inTurn(busy, work, promise)));
        if (entry != null) {
            inTurn(entry, work, promise);
        }
        return promise.future();
    }

    private <R> void inTurn(Entry entry, Function<Entry, Future<R>> work, Promise<R> promise) {
        Future.succeededFuture(entry).compose(work).onComplete(done -> {
            promise.handle(done);
            run(entry, 0);
        });
    }

    /** The entry of a record that nothing is being done to, which is busy from now on; null: it was busy, and was told to. */
    private Entry take(String id, Consumer<Entry> queue) {
        while (true) {
            Entry entry = entries.computeIfAbsent(id, Entry::new);
            synchronized (entry) {
                if (entry.gone) {
                    continue; // evicted between the look-up and the lock: take the new one
                }
                if (entry.busy) {
                    queue.accept(entry);
                    return null;
                }
                entry.busy = true;
                return entry;
            }
        }
    }

    /** Reads the durable record. Fails with NOT_FOUND, or with INTERNAL when it cannot be read. */
    public Future<T> get(String id) {
        return store.get(collection, id).map(document -> {
            if (document == null) {
                throw Failure.notFound(singular(), id);
            }
            return read(document);
        });
    }

    /** The record if it is kept in memory, else null: as of its last durable write by this process. */
    public T kept(String id) {
        Entry entry = entries.get(id);
        if (entry == null) {
            return null;
        }
        synchronized (entry) {
            return entry.stored;
        }
    }

    /**
     * Changes a record. Returning the same instance means "nothing to do" and succeeds with the record as it is;
     * throwing a {@link Failure} refuses. Fails with NOT_FOUND when there is no such record.
     */
    public Future<T> update(String id, UnaryOperator<T> change) {
        Promise<T> promise = Promise.promise();
        var wanted = new Change<>(change, promise);
        Entry entry = take(id, busy -> busy.queue.add(wanted));
        if (entry != null) {
            synchronized (entry) {
                entry.queue.add(wanted);
            }
            run(entry, 0);
        }
        return promise.future();
    }

    /** A record that cannot be read is left out: see {@link Page#unreadable}. */
    public Future<Page<T>> find(Query query) {
        return find(query, this::read);
    }

    /**
     * The same for who only looks, and at very many: a record that is kept in memory at the version that is stored is not
     * decoded again, so it is shared and nothing of it may be changed.
     */
    public Future<Page<T>> look(Query query) {
        return find(query, document -> {
            T kept = kept(document.id());
            return kept != null && shape.version(kept) == document.version() ? kept : read(document);
        });
    }

    private Future<Page<T>> find(Query query, Function<DocumentStore.Document, T> read) {
        return store.find(collection, query).map(page -> {
            var items = new ArrayList<T>(page.documents().size());
            var unreadable = new ArrayList<String>(0);
            for (DocumentStore.Document document : page.documents()) {
                try {
                    items.add(read.apply(document));
                } catch (Failure named) {
                    unreadable.add(document.id());
                }
            }
            return new Page<>(items, page.nextCursor(), unreadable);
        });
    }

    /** Deletes the record, whatever its version, after what is being written of it. @return whether there was one */
    public Future<Boolean> delete(String id) {
        return inTurn(
                id,
                entry -> store.delete(collection, id, -1).onComplete(done -> {
                    forget(entry);
                    if (done.succeeded()) {
                        unreadable.over(collection, id);
                    }
                    if (done.succeeded() && done.result()) {
                        deletedListeners.forEach(listener -> listener.accept(id));
                    }
                }));
    }

    /** Deletes the record if it still has the version that was seen. @return whether it did */
    public Future<Boolean> delete(T seen) {
        String id = shape.id(seen);
        return inTurn(
                id, entry -> store.delete(collection, id, shape.version(seen)).onComplete(done -> forget(entry)));
    }

    /** Deletes at most {@code query.limit()} matching records, which must not be kept in memory. @return how many */
    public Future<Long> deleteWhere(Query query) {
        return store.deleteWhere(collection, query);
    }

    public Future<Long> count(List<Query.Condition> where) {
        return store.count(collection, where);
    }

    public Future<Map<String, Long>> countBy(String field, List<Query.Condition> where) {
        return store.countBy(collection, field, where);
    }

    /** Keeps none of these in memory, but for those being written: another process has written them, or may have. */
    public void release(Predicate<String> ids) {
        for (Entry entry : entries.values()) {
            synchronized (entry) {
                if (!entry.busy && ids.test(entry.id)) {
                    entry.stored = null;
                    rest(entry);
                }
            }
        }
    }

    private void forget(Entry entry) {
        synchronized (entry) {
            entry.stored = null;
        }
    }

    private void run(Entry entry, int races) {
        boolean known;
        Runnable turn;
        synchronized (entry) {
            known = entry.stored != null;
            turn = entry.turns.poll();
            if (turn == null && entry.queue.isEmpty()) {
                rest(entry);
                return;
            }
        }
        if (turn != null) {
            turn.run();
            return;
        }
        if (known) {
            applyAndWrite(entry, races, exclusive);
            return;
        }
        get(entry.id).onComplete(read -> {
            if (read.failed()) {
                failAll(entry, read.cause());
            } else {
                synchronized (entry) {
                    entry.stored = read.result();
                }
                applyAndWrite(entry, races, true);
            }
        });
    }

    /** @param fresh whether the record at hand is surely the newest: if not, a refusal is not yet believed */
    private void applyAndWrite(Entry entry, int races, boolean fresh) {
        T before;
        List<Change<T>> batch;
        synchronized (entry) {
            before = entry.stored;
            batch = entry.queue;
            entry.queue = new ArrayList<>(2);
        }
        T draft = before;
        var accepted = new ArrayList<Change<T>>(batch.size());
        var refused = new ArrayList<Runnable>(0);
        boolean idle = false;
        for (Change<T> change : batch) {
            try {
                T next = Objects.requireNonNull(change.function.apply(draft));
                idle |= next == draft;
                draft = next;
                accepted.add(change);
            } catch (RuntimeException cause) {
                if (!(cause instanceof Failure)) {
                    trouble(
                            "a change of " + singular() + " " + entry.id + " broke",
                            entry.id,
                            shape.version(before),
                            cause);
                }
                refused.add(() -> change.promise.fail(Failure.of(cause)));
            }
        }
        if (!fresh && (idle || !refused.isEmpty())) {
            retry(entry, batch, races);
            return;
        }
        refused.forEach(Runnable::run);
        if (draft == before) {
            accepted.forEach(change -> change.promise.complete(before));
            run(entry, 0);
            return;
        }
        T after = shape.withVersion(draft, shape.version(before) + 1);
        Future<Boolean> writing =
                Future.succeededFuture(after).compose(next -> store.replaceIf(collection, document(next)));
        writing.onComplete(written -> {
            if (written.failed()) {
                synchronized (entry) {
                    entry.stored = null;
                }
                accepted.forEach(change -> change.promise.fail(Failure.of(written.cause())));
                run(entry, 0);
            } else if (!written.result()) {
                retry(entry, accepted, races);
            } else {
                synchronized (entry) {
                    entry.stored = after;
                }
                tell(before, after);
                accepted.forEach(change -> change.promise.complete(after));
                run(entry, 0);
            }
        });
    }

    private void retry(Entry entry, List<Change<T>> batch, int races) {
        synchronized (entry) {
            entry.stored = null;
            entry.queue.addAll(0, batch);
        }
        if (races >= MAX_RACES) {
            failAll(entry, Failure.busy(singular() + " " + entry.id + " changes too often; try again"));
        } else {
            run(entry, races + 1);
        }
    }

    private void failAll(Entry entry, Throwable cause) {
        List<Change<T>> batch;
        synchronized (entry) {
            batch = entry.queue;
            entry.queue = new ArrayList<>(2);
            entry.stored = null;
        }
        batch.forEach(change -> change.promise.fail(Failure.of(cause)));
        run(entry, 0);
    }

    /** Nothing to do: keep the entry only if its record is worth it. Called with the entry's lock held. */
    private void rest(Entry entry) {
        entry.busy = false;
        if (entry.stored == null || !keepInMemory.test(entry.stored)) {
            entry.gone = true;
            entries.remove(entry.id, entry);
        }
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

    private DocumentStore.Document document(T record) {
        return store.encode(collection, shape.id(record), shape.version(record), record);
    }

    private T read(DocumentStore.Document document) {
        try {
            T record = Objects.requireNonNull(store.decode(document, type));
            if (record instanceof Checked checked) {
                checked.check();
            }
            unreadable.over(collection, document.id());
            return record;
        } catch (RuntimeException cause) {
            String text = singular() + " " + document.id() + " cannot be read and is left out";
            trouble(text, document.id(), document.version(), cause);
            unreadable.found(collection, document.id());
            throw new Failure(Failure.Kind.INTERNAL, singular() + " " + document.id() + " cannot be read");
        }
    }

    private void trouble(String text, String id, long version, RuntimeException cause) {
        troubles.trouble(id, "version " + version, text, cause);
    }

    private String singular() {
        return collection.endsWith("s") ? collection.substring(0, collection.length() - 1) : collection;
    }

    private record Change<T>(UnaryOperator<T> function, Promise<T> promise) {}

    private final class Entry {
        final String id;
        T stored;
        boolean busy;
        boolean gone;
        List<Change<T>> queue = new ArrayList<>(2);
        /** Insertions and deletions, each of which must be alone. */
        final Queue<Runnable> turns = new ArrayDeque<>(1);

        Entry(String id) {
            this.id = id;
        }
    }
}
