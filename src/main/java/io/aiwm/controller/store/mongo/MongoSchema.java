package io.aiwm.controller.store.mongo;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Migration;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.IndexOptions;
import io.vertx.ext.mongo.MongoClient;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates the declared collections and indexes and migrates data of an older AIWM. Each document has a stamp of its writer's schema
 * and is migrated by compare-and-set, so two controllers may start at once, and the next start continues an interrupted migration.
 */
final class MongoSchema {
    private static final Logger log = LoggerFactory.getLogger(MongoSchema.class);
    private static final String META = "meta";
    private static final String SCHEMA = "schema";
    private static final String OURS = "by_";
    private static final int PAGE = 500;

    private final MongoClient client;
    private final List<Migration> migrations;

    MongoSchema(MongoClient client, List<Migration> migrations) {
        this.client = client;
        this.migrations = migrations;
    }

    Future<Void> bringTo(Collection<MongoQueries> collections) {
        int latest = Migration.latest(migrations);
        return client.findOne(META, MongoQueries.byId(SCHEMA), null)
                .compose(meta -> {
                    int version = meta == null ? latest : meta.getInteger("version");
                    if (version > latest) {
                        return Future.failedFuture(new Failure(
                                Failure.Kind.CONFLICT, Migration.downgradeRefused("the database", version, latest)));
                    }
                    return client.getCollections();
                })
                .compose(existing -> {
                    Future<Void> done = Future.succeededFuture();
                    for (MongoQueries one : collections) {
                        done = done.compose(before -> collection(one, existing.contains(one.schema.name)));
                    }
                    return done;
                })
                .compose(done -> remember(SCHEMA, new JsonObject().put("version", latest)));
    }

    private Future<Void> collection(MongoQueries one, boolean exists) {
        String name = one.schema.name;
        String known = "stamp-" + name;
        Future<Void> there = exists
                ? Future.succeededFuture()
                : client.createCollection(name)
                        .recover(cause -> MongoFailures.code(cause) == MongoFailures.COLLECTION_EXISTS
                                ? Future.succeededFuture()
                                : Future.failedFuture(cause));
        return there.compose(ok -> client.findOne(META, MongoQueries.byId(known), null))
                .compose(meta -> meta != null && one.stamp.equals(meta.getString("stamp"))
                        ? Future.succeededFuture()
                        : rewrite(one))
                .compose(ok -> indexes(one))
                .compose(ok -> remember(known, new JsonObject().put("stamp", one.stamp)));
    }

    private Future<Void> remember(String id, JsonObject meta) {
        return client.save(META, meta.put("_id", id))
                // Two controllers start at once, and the other one was faster.
                .recover(cause -> MongoFailures.code(cause) == MongoFailures.DUPLICATE_KEY
                        ? Future.succeededFuture(id)
                        : Future.failedFuture(cause))
                .mapEmpty();
    }

    private Future<Void> rewrite(MongoQueries one) {
        JsonObject older = one.there(new JsonObject().put("stamp", new JsonObject().put("$ne", one.stamp)));
        return client.findWithOptions(one.schema.name, older, new FindOptions().setLimit(PAGE))
                .compose(page -> {
                    if (page.isEmpty()) {
                        return Future.succeededFuture();
                    }
                    log.info("{}: {} documents brought to the present form", one.schema.name, page.size());
                    Future<Void> done = Future.succeededFuture();
                    for (JsonObject stored : page) {
                        done = done.compose(before -> rewrite(one, stored));
                    }
                    return done.compose(ok -> rewrite(one));
                });
    }

    private Future<Void> rewrite(MongoQueries one, JsonObject stored) {
        Document document = MongoQueries.read(stored);
        String stamp = stored.getString("stamp");
        JsonObject asSeen = MongoQueries.byVersion(document.id(), document.version())
                .put("stamp", new JsonObject().put("$eq", stamp));
        JsonObject before = new JsonObject(document.json());
        JsonObject after =
                Migration.apply(migrations, MongoQueries.schemaVersionOf(stamp), one.schema.name, before.copy());
        if (after == null) {
            return client.removeDocument(one.schema.name, asSeen).mapEmpty();
        }
        String json = after.equals(before) ? document.json() : after.encode();
        JsonObject present = one.stored(new Document(document.id(), document.version(), json));
        present.remove("_id");
        // no replacement: what is known of the last change stays
        return client.updateCollection(one.schema.name, asSeen, new JsonObject().put("$set", present))
                .mapEmpty();
    }

    private Future<Void> indexes(MongoQueries one) {
        Map<String, JsonObject> wanted = new LinkedHashMap<>();
        for (Field field : one.schema.fields) {
            if (one.schema.leadsIndex(field)) {
                continue;
            }
            JsonObject keys = new JsonObject().put(MongoQueries.key(field.path()), 1);
            wanted.put(
                    OURS + (field.unique() ? "unique_" : "") + field.path(),
                    field.unique() ? keys : keys.put("_id", 1));
        }
        for (List<String> fields : one.schema.indexes) {
            JsonObject keys = new JsonObject();
            fields.forEach(path -> keys.put(MongoQueries.key(path), 1));
            wanted.put(OURS + String.join("+", fields), keys.put("_id", 1));
        }
        if (one.schema.told) {
            wanted.put(
                    OURS + "~" + MongoQueries.CHANGED,
                    new JsonObject().put(MongoQueries.CHANGED, 1).put("_id", 1));
        }
        return client.listIndexes(one.schema.name).compose(found -> {
            Future<Void> done = Future.succeededFuture();
            for (String name : names(found)) {
                if (name.startsWith(OURS) && wanted.remove(name) == null) {
                    done = done.compose(before -> client.dropIndex(one.schema.name, name));
                }
            }
            for (Map.Entry<String, JsonObject> index : wanted.entrySet()) {
                boolean unique = index.getKey().startsWith(OURS + "unique_");
                IndexOptions options =
                        new IndexOptions().name(index.getKey()).unique(unique).sparse(unique);
                done = done.compose(
                        before -> client.createIndexWithOptions(one.schema.name, index.getValue(), options));
            }
            return done;
        });
    }

    private static List<String> names(JsonArray indexes) {
        return indexes.stream()
                .map(index -> ((JsonObject) index).getString("name"))
                .toList();
    }
}
