package io.aiwm.controller.store.mongo;

import io.aiwm.controller.store.DocumentStore.ChangeRetention;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.mongo.UpdateOptions;
import java.util.List;

/**
 * The changes, by the change time that every record has. The primary sets this time in the same atomic update. It is the cluster's
 * logical time, independent of the controllers' clocks and continuous across primaries. A deleted record stays without its content
 * until it is dropped here; the time up to which records are dropped is stored first, so that a reader that comes too late notices.
 */
final class MongoChanges {
    private static final String META = "meta";
    private static final String TRIMMED = "changes-trimmed";
    private static final JsonObject FIELDS = new JsonObject()
            .put("version", 1)
            .put("gone", 1)
            .put(MongoQueries.CHANGED, 1)
            .put(MongoQueries.NOTED, 1);

    private final MongoClient client;
    private final MongoPatience patience;

    MongoChanges(MongoClient client, MongoPatience patience) {
        this.client = client;
        this.patience = patience;
    }

    /** Seconds in the upper half, a counter in the lower one, as MongoDB orders them. */
    static long time(JsonObject stored) {
        JsonObject timestamp = stored.getJsonObject(MongoQueries.CHANGED).getJsonObject("$timestamp");
        return timestamp.getLong("t") << 32 | timestamp.getLong("i");
    }

    static JsonObject timestamp(long time) {
        return new JsonObject()
                .put("$timestamp", new JsonObject().put("t", time >>> 32).put("i", time & 0xffff_ffffL));
    }

    /** Returns the changes after this time, or at it with a greater id, in that order. */
    Future<List<JsonObject>> after(String collection, long time, String id, int limit) {
        JsonObject later = new JsonObject().put(MongoQueries.CHANGED, new JsonObject().put("$gt", timestamp(time)));
        JsonObject same = new JsonObject()
                .put(MongoQueries.CHANGED, new JsonObject().put("$eq", timestamp(time)))
                .put("_id", new JsonObject().put("$gt", id));
        FindOptions options = new FindOptions()
                .setSort(new JsonObject().put(MongoQueries.CHANGED, 1).put("_id", 1))
                .setLimit(limit)
                .setFields(FIELDS);
        JsonObject where = new JsonObject().put("$or", new JsonArray().add(same).add(later));
        return ask(client.findWithOptions(collection, where, options));
    }

    /** Returns the time of the newest change, 0 where there is none. */
    Future<Long> newest(String collection) {
        return newest(
                collection, new JsonObject().put(MongoQueries.CHANGED, new JsonObject().put("$gt", timestamp(0))));
    }

    private Future<Long> newest(String collection, JsonObject where) {
        FindOptions options = new FindOptions()
                .setSort(new JsonObject().put(MongoQueries.CHANGED, -1))
                .setLimit(1)
                .setFields(FIELDS);
        return ask(client.findWithOptions(collection, where, options))
                .map(found -> found.isEmpty() ? 0L : time(found.get(0)));
    }

    /** Returns the time of the newest dropped deletion of this collection. */
    Future<Long> trimmed(String collection) {
        return ask(client.findOne(META, MongoQueries.byId(TRIMMED), null))
                .map(meta -> meta == null ? 0L : meta.getLong(collection, 0L));
    }

    Future<Void> trim(String collection, List<String> passed, ChangeRetention retention) {
        return newest(collection).compose(newest -> {
            long needed = passed.stream()
                    .mapToLong(position -> MongoChangeReader.time(position, collection))
                    .min()
                    .orElse(Long.MAX_VALUE);
            long least = newest - (retention.least().toSeconds() << 32);
            long most = newest - (retention.most().toSeconds() << 32);
            long before = Math.min(least, Math.max(needed, most));
            return before <= 0
                    ? Future.succeededFuture()
                    : drop(collection, MongoQueries.goneBefore(timestamp(before)));
        });
    }

    private Future<Void> drop(String collection, JsonObject which) {
        return newest(collection, which).compose(newest -> {
            if (newest == 0) {
                return Future.succeededFuture();
            }
            JsonObject meta = new JsonObject().put("_id", TRIMMED);
            JsonObject note = new JsonObject().put("$max", new JsonObject().put(collection, newest));
            return ask(client.updateCollectionWithOptions(META, meta, note, new UpdateOptions().setUpsert(true)))
                    .compose(noted -> ask(client.removeDocuments(collection, which)))
                    .mapEmpty();
        });
    }

    private <T> Future<T> ask(Future<T> call) {
        return patience.with(call).recover(MongoFailures::failed);
    }
}
