package io.aiwm.controller.deployment;

import io.aiwm.controller.store.ChangeReader;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Query;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** A store of a process that is killed after so many writes: from then on nothing is done, and nobody hears of it. */
public final class DyingStore implements DocumentStore {
    private final DocumentStore store;
    private final AtomicInteger left;
    public volatile boolean dead;

    public DyingStore(DocumentStore store, int writes) {
        this.store = store;
        this.left = new AtomicInteger(writes);
    }

    private <T> Future<T> write(Supplier<Future<T>> work) {
        if (left.getAndDecrement() <= 0) {
            dead = true;
        }
        return read(work);
    }

    private <T> Future<T> read(Supplier<Future<T>> work) {
        return dead ? Promise.<T>promise().future() : work.get();
    }

    @Override
    public Future<Void> open(List<Collection> collections) {
        return store.open(collections);
    }

    @Override
    public Future<Void> insert(String collection, Document document) {
        return write(() -> store.insert(collection, document));
    }

    @Override
    public Future<List<Boolean>> insertAll(String collection, List<Document> documents) {
        return write(() -> store.insertAll(collection, documents));
    }

    @Override
    public Future<Void> putAll(String collection, List<Document> documents) {
        return write(() -> store.putAll(collection, documents));
    }

    @Override
    public Future<Document> get(String collection, String id) {
        return read(() -> store.get(collection, id));
    }

    @Override
    public Future<Boolean> replaceIf(String collection, Document document) {
        return write(() -> store.replaceIf(collection, document));
    }

    @Override
    public Future<Boolean> delete(String collection, String id, long version) {
        return write(() -> store.delete(collection, id, version));
    }

    @Override
    public Future<Long> deleteWhere(String collection, Query query) {
        return write(() -> store.deleteWhere(collection, query));
    }

    @Override
    public Future<Page> find(String collection, Query query) {
        return read(() -> store.find(collection, query));
    }

    @Override
    public Future<Long> count(String collection, List<Query.Condition> where) {
        return read(() -> store.count(collection, where));
    }

    @Override
    public Future<Map<String, Long>> countBy(String collection, String field, List<Query.Condition> where) {
        return read(() -> store.countBy(collection, field, where));
    }

    @Override
    public ChangeReader changes(Set<String> collections, String position) {
        ChangeReader reader = store.changes(collections, position);
        return new ChangeReader() {
            @Override
            public Future<Batch> next(int limit) {
                return read(() -> reader.next(limit));
            }

            @Override
            public String position() {
                return reader.position();
            }
        };
    }

    @Override
    public void onChange(Runnable listener) {
        store.onChange(() -> {
            if (!dead) {
                listener.run();
            }
        });
    }

    @Override
    public Future<Void> trimChanges(List<String> passed, ChangeRetention retention) {
        return write(() -> store.trimChanges(passed, retention));
    }

    @Override
    public Future<Void> ping() {
        return read(store::ping);
    }

    @Override
    public Future<Void> close() {
        return store.close();
    }
}
