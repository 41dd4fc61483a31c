package io.aiwm.controller.store.mongo;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.ChangeReader;
import io.aiwm.controller.store.CollectionSchema;
import io.aiwm.controller.store.Cursor;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Migration;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.UnreadableRecords;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.streams.ReadStream;
import io.vertx.ext.mongo.BulkOperation;
import io.vertx.ext.mongo.BulkWriteOptions;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.mongo.UpdateOptions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * For several controllers. Every write waits for a majority and its journal; one record is one atomic change, so no
 * transactions are needed.
 */
public final class MongoStore implements DocumentStore {
    private final MongoClient client;
    private final MongoPatience patience;
    private final List<Migration> migrations;
    private final Map<String, MongoQueries> collections = new HashMap<>();
    private final UnreadableRecords unreadable = new UnreadableRecords();
    private final MongoChanges changes;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile boolean closed;

    /** @param uri a connection string of MongoDB; without a database in it, {@code aiwm} is used */
    public MongoStore(Vertx vertx, String uri) {
        this(vertx, uri, Migration.ALL);
    }

    MongoStore(Vertx vertx, String uri, List<Migration> migrations) {
        this.migrations = migrations;
        this.client = MongoClient.create(vertx, MongoAddress.config(uri));
        this.patience = new MongoPatience(vertx, () -> client.runCommand("ping", new JsonObject().put("ping", 1)));
        this.changes = new MongoChanges(client, patience);
    }

    @Override
    public Future<Void> open(List<Collection> declared) {
        int latest = Migration.latest(migrations);
        for (Collection one : declared) {
            collections.put(one.name(), new MongoQueries(new CollectionSchema(one), latest));
        }
        return new MongoSchema(client, migrations)
                .bringTo(List.copyOf(collections.values()))
                .recover(MongoFailures::failed);
    }

    @Override
    public Future<Void> insert(String collection, Document document) {
        return write(collection, in -> {
            in.schema.checked(document);
            return in.schema.told
                    ? client.updateCollectionWithOptions(
                                    collection,
                                    MongoQueries.free(document.id()),
                                    in.update(document),
                                    new UpdateOptions().setUpsert(true))
                            .mapEmpty()
                    : client.insert(collection, in.stored(document)).mapEmpty();
        });
    }

    @Override
    public Future<List<Boolean>> insertAll(String collection, List<Document> documents) {
        return write(collection, in -> {
            if (documents.isEmpty()) {
                return Future.succeededFuture(List.of());
            }
            List<BulkOperation> inserts = new ArrayList<>(documents.size());
            for (Document document : documents) {
                in.schema.checked(document);
                inserts.add(
                        in.schema.told
                                ? BulkOperation.createUpdate(
                                        MongoQueries.free(document.id()), in.update(document), true, false)
                                : BulkOperation.createInsert(in.stored(document)));
            }
            return client.bulkWriteWithOptions(collection, inserts, new BulkWriteOptions(false))
                    .map(all -> Collections.nCopies(documents.size(), true))
                    .recover(cause -> MongoFailures.inserted(cause, documents.size()));
        });
    }

    @Override
    public Future<Void> putAll(String collection, List<Document> documents) {
        return write(collection, in -> {
            in.schema.replaceable();
            List<BulkOperation> puts = documents.stream()
                    .map(in.schema::checked)
                    .map(one -> BulkOperation.createReplace(MongoQueries.byId(one.id()), in.stored(one), true))
                    .toList();
            return puts.isEmpty()
                    ? Future.succeededFuture()
                    : client.bulkWriteWithOptions(collection, puts, new BulkWriteOptions(false))
                            .mapEmpty();
        });
    }

    @Override
    public Future<Document> get(String collection, String id) {
        return with(
                collection,
                in -> client.findOne(collection, in.there(MongoQueries.byId(id)), MongoQueries.DOCUMENT_FIELDS)
                        .map(found -> found == null ? null : MongoQueries.read(found)));
    }

    @Override
    public Future<Boolean> replaceIf(String collection, Document document) {
        return write(collection, in -> {
            JsonObject seen = in.there(MongoQueries.byVersion(document.id(), document.version() - 1));
            in.schema.checked(document);
            return (in.schema.told
                            ? client.updateCollection(collection, seen, in.update(document))
                            : client.replaceDocuments(collection, seen, in.stored(document)))
                    .map(result -> result.getDocMatched() == 1);
        });
    }

    @Override
    public Future<Boolean> delete(String collection, String id, long version) {
        JsonObject which = version == -1 ? MongoQueries.byId(id) : MongoQueries.byVersion(id, version);
        return write(collection, in -> delete(in, in.there(which), false).map(deleted -> deleted == 1));
    }

    @Override
    public Future<Long> deleteWhere(String collection, Query query) {
        return write(collection, in -> {
            JsonObject where = in.where(query);
            FindOptions first = new FindOptions()
                    .setSort(in.order(query))
                    .setLimit(query.limit())
                    .setFields(new JsonObject().put("_id", 1));
            return client.findWithOptions(collection, where, first).compose(found -> {
                JsonArray ids = new JsonArray();
                found.forEach(one -> ids.add(one.getString("_id")));
                JsonObject among = new JsonObject().put("_id", new JsonObject().put("$in", ids));
                // Checked again with the condition, so that a record that changed meanwhile stays.
                JsonObject still =
                        new JsonObject().put("$and", new JsonArray().add(among).add(where));
                return ids.isEmpty() ? Future.succeededFuture(0L) : delete(in, still, true);
            });
        });
    }

    private Future<Long> delete(MongoQueries in, JsonObject which, boolean many) {
        String collection = in.schema.name;
        if (in.schema.told) {
            return client.updateCollectionWithOptions(
                            collection, which, in.deletion(), new UpdateOptions().setMulti(many))
                    .map(result -> result.getDocModified());
        }
        return (many ? client.removeDocuments(collection, which) : client.removeDocument(collection, which))
                .map(result -> result.getRemovedCount());
    }

    @Override
    public Future<Page> find(String collection, Query query) {
        return with(collection, in -> {
            // One more than requested shows whether there is a next page.
            FindOptions options = new FindOptions()
                    .setSort(in.order(query))
                    .setLimit(query.limit() + 1)
                    .setFields(MongoQueries.DOCUMENT_FIELDS);
            return client.findWithOptions(collection, in.where(query), options).map(found -> {
                List<Document> page = found.stream()
                        .limit(query.limit())
                        .map(MongoQueries::read)
                        .toList();
                return new Page(
                        page,
                        found.size() <= query.limit()
                                ? null
                                : Cursor.after(page.get(page.size() - 1), in.schema, query));
            });
        });
    }

    @Override
    public Future<Long> count(String collection, List<Query.Condition> where) {
        return with(collection, in -> client.count(collection, in.where(where)));
    }

    @Override
    public Future<Map<String, Long>> countBy(String collection, String field, List<Query.Condition> where) {
        return with(collection, in -> {
            return all(client.aggregate(collection, in.countBy(field, where))).map(groups -> {
                Map<String, Long> counts = new LinkedHashMap<>();
                groups.forEach(group ->
                        counts.put(group.getValue("_id").toString(), ((Number) group.getValue("count")).longValue()));
                return counts;
            });
        });
    }

    private static Future<List<JsonObject>> all(ReadStream<JsonObject> stream) {
        Promise<List<JsonObject>> promise = Promise.promise();
        List<JsonObject> items = new ArrayList<>();
        stream.exceptionHandler(promise::tryFail)
                .endHandler(end -> promise.tryComplete(items))
                .handler(items::add);
        return promise.future();
    }

    @Override
    public ChangeReader changes(Set<String> names, String position) {
        names.forEach(name -> in(name).schema.telling());
        return new MongoChangeReader(changes, names, position);
    }

    @Override
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    @Override
    public Future<Void> trimChanges(List<String> passed, ChangeRetention retention) {
        Future<Void> done = Future.succeededFuture();
        for (MongoQueries one : collections.values()) {
            if (one.schema.told) {
                done = done.compose(before -> changes.trim(one.schema.name, passed, retention));
            }
        }
        return done;
    }

    @Override
    public Future<Void> ping() {
        if (closed) {
            return Future.failedFuture(CollectionSchema.closed()); // a ping under way may still find a socket open
        }
        return patience.with(client.runCommand("ping", new JsonObject().put("ping", 1)))
                .recover(MongoFailures::failed)
                .mapEmpty();
    }

    @Override
    public Document encode(String collection, String id, long version, Object record) {
        return in(collection).schema.encode(id, version, record);
    }

    @Override
    public UnreadableRecords unreadable() {
        return unreadable;
    }

    @Override
    public Future<Void> close() {
        closed = true;
        return client.close();
    }

    private MongoQueries in(String collection) {
        MongoQueries in = collections.get(collection);
        if (closed) {
            throw CollectionSchema.closed();
        }
        if (in == null) {
            throw CollectionSchema.unknown(collection);
        }
        return in;
    }

    private <T> Future<T> with(String collection, Function<MongoQueries, Future<T>> work) {
        try {
            return patience.with(work.apply(in(collection))).recover(MongoFailures::failed);
        } catch (Failure refused) {
            return Future.failedFuture(refused);
        }
    }

    /** The same for writes; listeners are called after success. */
    private <T> Future<T> write(String collection, Function<MongoQueries, Future<T>> work) {
        return with(collection, work).onSuccess(done -> {
            if (collections.get(collection).schema.told) {
                listeners.forEach(Runnable::run);
            }
        });
    }
}
