package io.aiwm.controller.store;

import io.aiwm.common.Failure;
import io.vertx.core.AsyncResult;
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
import java.util.function.UnaryOperator;

/**
 * Serializes the changes of each record: one write at a time. Waiting changes are applied together, and a change that lost a race is
 * applied again to the newer record. Caches records that are likely to change again soon. Thread-safe.
 */
final class RecordWriteQueue<T> {
    /** A record that loses this many races in a row points to a fault. */
    private static final int MAX_RACES = 50;

    private final RecordDocuments<T> documents;
    private final Predicate<T> keepInMemory;
    private final boolean exclusive;
    private final BiConsumer<T, T> written;
    private BiFunction<T, T, List<String>> description = (before, after) -> List.of();
    private final Map<String, Entry<T>> entries = new ConcurrentHashMap<>();

    /** @param written called after each durable change with the record before and after it */
    RecordWriteQueue(
            RecordDocuments<T> documents, Predicate<T> keepInMemory, boolean exclusive, BiConsumer<T, T> written) {
        this.documents = documents;
        this.keepInMemory = keepInMemory;
        this.exclusive = exclusive;
        this.written = written;
    }

    /** As {@link Records#describe}. */
    void describe(BiFunction<T, T, List<String>> ofEach) {
        description = ofEach;
    }

    /** Runs this work on a record alone: an insertion, or a deletion. */
    <R> Future<R> inTurn(String id, Function<Entry<T>, Future<R>> work) {
        Promise<R> promise = Promise.promise();
        Entry<T> entry = take(id, busy -> busy.turns.add(() -> inTurn(busy, work, promise)));
        if (entry != null) {
            inTurn(entry, work, promise);
        }
        return promise.future();
    }

    private <R> void inTurn(Entry<T> entry, Function<Entry<T>, Future<R>> work, Promise<R> promise) {
        Future.succeededFuture(entry).compose(work).onComplete(done -> {
            promise.handle(done);
            run(entry, 0);
        });
    }

    /**
     * Returns the idle entry of a record and marks it busy; null when it was busy, after {@code queue} was called with it.
     */
    private Entry<T> take(String id, Consumer<Entry<T>> queue) {
        while (true) {
            Entry<T> entry = entries.computeIfAbsent(id, Entry<T>::new);
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

    /** As {@link Records#update}. */
    Future<T> change(String id, UnaryOperator<T> change) {
        Promise<T> promise = Promise.promise();
        var wanted = new Change<>(change, promise);
        Entry<T> entry = take(id, busy -> busy.queue.add(wanted));
        if (entry != null) {
            synchronized (entry) {
                entry.queue.add(wanted);
            }
            run(entry, 0);
        }
        return promise.future();
    }

    /** As {@link Records#kept}. */
    T kept(String id) {
        Entry<T> entry = entries.get(id);
        if (entry == null) {
            return null;
        }
        synchronized (entry) {
            return entry.stored;
        }
    }

    /** As {@link Records#release}. */
    void release(Predicate<String> ids) {
        for (Entry<T> entry : entries.values()) {
            synchronized (entry) {
                if (!entry.busy && ids.test(entry.id)) {
                    entry.stored = null;
                    rest(entry);
                }
            }
        }
    }

    private void run(Entry<T> entry, int races) {
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
        documents.get(entry.id).onComplete(read -> {
            if (read.failed()) {
                failAll(entry, read.cause());
            } else {
                entry.store(read.result());
                applyAndWrite(entry, races, true);
            }
        });
    }

    /**
     * @param fresh whether the record is known to be the newest; if not, a refusal is checked against a fresh read
     */
    private void applyAndWrite(Entry<T> entry, int races, boolean fresh) {
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
        List<String> notes = List.of();
        for (Change<T> change : batch) {
            try {
                T next = Objects.requireNonNull(change.function.apply(draft));
                idle |= next == draft;
                notes = next == draft ? notes : joined(notes, description.apply(draft, next));
                draft = next;
                accepted.add(change);
            } catch (RuntimeException cause) {
                if (!(cause instanceof Failure)) {
                    documents.trouble(
                            "a change of " + documents.singular() + " " + entry.id + " broke",
                            entry.id,
                            documents.shape.version(before),
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
        T after = documents.shape.withVersion(draft, documents.shape.version(before) + 1);
        documents.replaceIf(after, notes).onComplete(done -> written(entry, after, accepted, races, done));
    }

    private static List<String> joined(List<String> first, List<String> then) {
        if (first.isEmpty() || then.isEmpty()) {
            return first.isEmpty() ? then : first;
        }
        var all = new ArrayList<>(first);
        all.addAll(then);
        return all;
    }

    private void written(Entry<T> entry, T after, List<Change<T>> accepted, int races, AsyncResult<Boolean> done) {
        if (done.failed()) {
            entry.store(null);
            accepted.forEach(change -> change.promise.fail(Failure.of(done.cause())));
            run(entry, 0);
        } else if (!done.result()) {
            retry(entry, accepted, races);
        } else {
            T before = entry.replace(after);
            written.accept(before, after);
            accepted.forEach(change -> change.promise.complete(after));
            run(entry, 0);
        }
    }

    private void retry(Entry<T> entry, List<Change<T>> batch, int races) {
        synchronized (entry) {
            entry.stored = null;
            entry.queue.addAll(0, batch);
        }
        if (races >= MAX_RACES) {
            failAll(entry, Failure.busy(documents.singular() + " " + entry.id + " changes too often; try again"));
        } else {
            run(entry, races + 1);
        }
    }

    private void failAll(Entry<T> entry, Throwable cause) {
        List<Change<T>> batch;
        synchronized (entry) {
            batch = entry.queue;
            entry.queue = new ArrayList<>(2);
            entry.stored = null;
        }
        batch.forEach(change -> change.promise.fail(Failure.of(cause)));
        run(entry, 0);
    }

    /**
     * Marks the entry idle and removes it unless its record is to stay in memory. Called with the entry's lock held.
     */
    private void rest(Entry<T> entry) {
        entry.busy = false;
        if (entry.stored == null || !keepInMemory.test(entry.stored)) {
            entry.gone = true;
            entries.remove(entry.id, entry);
        }
    }

    private record Change<T>(UnaryOperator<T> function, Promise<T> promise) {}

    /** The state of one record and its waiting work. Its lock guards its fields. */
    static final class Entry<T> {
        final String id;
        T stored;
        boolean busy;
        boolean gone;
        List<Change<T>> queue = new ArrayList<>(2);
        /** Insertions and deletions; each runs alone. */
        final Queue<Runnable> turns = new ArrayDeque<>(1);

        Entry(String id) {
            this.id = id;
        }

        /** @return the one before */
        synchronized T replace(T record) {
            T before = stored;
            stored = record;
            return before;
        }

        /** @param record null: not known */
        synchronized void store(T record) {
            stored = record;
        }
    }
}
