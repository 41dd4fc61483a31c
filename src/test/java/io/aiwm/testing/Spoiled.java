package io.aiwm.testing;

import io.aiwm.controller.store.DocumentStore;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** Makes a stored record one that no reader understands: as a version with another idea of a field would write it. */
public final class Spoiled {
    private Spoiled() {}

    /** @param field a top-level field, or one within another: {@code node.createdAt} */
    public static Future<Void> field(
            DocumentStore store, DocumentStore.Collection collection, String id, String field) {
        return field(store, collection, id, field, "of another time");
    }

    /** @param value null: it lacks what no record can lack */
    public static Future<Void> field(
            DocumentStore store, DocumentStore.Collection collection, String id, String field, Object value) {
        return store.get(collection.name(), id).compose(found -> {
            var json = new JsonObject(found.json());
            JsonObject inner = json;
            String[] path = field.split("\\.");
            for (int i = 0; i < path.length - 1; i++) {
                inner = inner.getJsonObject(path[i]);
            }
            inner.put(path[path.length - 1], value);
            long next = found.version() + 1;
            return store.replaceIf(
                            collection.name(),
                            new DocumentStore.Document(
                                    id, next, json.put("version", next).encode()))
                    .mapEmpty();
        });
    }
}
