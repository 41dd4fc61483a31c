package io.aiwm.controller.store.mongo;

import io.aiwm.controller.store.CollectionSchema;
import io.aiwm.controller.store.Cursor;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Query.Op;
import io.aiwm.controller.store.Query.Order;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * How a collection's documents and questions look in MongoDB. The record itself is text, beside it lie the declared
 * fields under names of ours; so nothing a user sends becomes a key or an operator, and a value always stands behind an
 * operator of ours.
 *
 * <pre>{_id, version, stamp, f: {declared fields, dots as ~}, json}</pre>
 *
 * Where changes are told, {@code changed} is the server's time of the last one, and a deleted record stays as
 * {@code {_id, version, stamp, gone: true, changed}} until {@link MongoChanges} drops it; no question finds it.
 */
final class MongoQueries {
    static final String CHANGED = "changed";
    private static final String GONE = "gone";
    static final JsonObject DOCUMENT_FIELDS =
            new JsonObject().put("_id", 1).put("version", 1).put("json", 1);

    /** The notes of the newest versions, which stand in the record, because here a change is a record that has changed. */
    static final String NOTED = "noted";

    /** A reader that is further behind misses the notes of older versions. */
    private static final int MOST_NOTED = 50;

    final CollectionSchema schema;
    /** Schema version and declared fields that a stored document was written with. */
    final String stamp;

    MongoQueries(CollectionSchema schema, int schemaVersion) {
        this.schema = schema;
        this.stamp = schemaVersion + ":"
                + Integer.toHexString(schema.fields.toString().hashCode());
    }

    static int schemaVersionOf(String stamp) {
        return Integer.parseInt(stamp.substring(0, stamp.indexOf(':')));
    }

    static String key(String path) {
        return path.equals(CollectionSchema.ID) ? "_id" : "f." + name(path);
    }

    private static String name(String path) {
        return path.replace('.', '~');
    }

    JsonObject stored(Document document) {
        List<Object> values = schema.values.of(document);
        JsonObject fields = new JsonObject();
        for (int i = 0; i < values.size(); i++) {
            // Absent rather than null: a sparse unique index then lets many be without.
            if (values.get(i) != null) {
                Object value = values.get(i) instanceof List<?> texts ? new JsonArray(texts) : values.get(i);
                fields.put(name(schema.fields.get(i).path()), value);
            }
        }
        return new JsonObject()
                .put("_id", document.id())
                .put("version", document.version())
                .put("stamp", stamp)
                .put("f", fields)
                .put("json", document.json());
    }

    static Document read(JsonObject stored) {
        return new Document(stored.getString("_id"), stored.getLong("version"), stored.getString("json"));
    }

    /** The same as a change of what is stored. A replacement cannot have the server set the time. */
    JsonObject update(Document document) {
        JsonObject set = stored(document);
        set.remove("_id");
        JsonObject update = new JsonObject().put("$set", set);
        if (!schema.told) {
            return update;
        }
        if (!document.notes().isEmpty()) {
            JsonObject noted = new JsonObject()
                    .put("version", document.version())
                    .put("at", System.currentTimeMillis() / 1_000)
                    .put("notes", new JsonArray(document.notes()));
            update.put(
                    "$push",
                    new JsonObject()
                            .put(
                                    NOTED,
                                    new JsonObject()
                                            .put("$each", new JsonArray().add(noted))
                                            .put("$slice", -MOST_NOTED)));
        }
        return update.put("$unset", new JsonObject().put(GONE, "")).put("$currentDate", now());
    }

    /** Returns the update that deletes a record of a collection with recorded changes. */
    JsonObject deletion() {
        return new JsonObject()
                .put("$set", new JsonObject().put(GONE, true))
                .put("$inc", new JsonObject().put("version", 1))
                .put("$unset", new JsonObject().put("f", "").put("json", ""))
                .put("$currentDate", now());
    }

    private static JsonObject now() {
        return new JsonObject().put(CHANGED, new JsonObject().put("$type", "timestamp"));
    }

    /** Adds the condition that the record is not deleted. */
    JsonObject there(JsonObject where) {
        return schema.told ? where.put(GONE, new JsonObject().put("$eq", null)) : where;
    }

    /** Matches an id without a record; an upsert with it may insert. */
    static JsonObject free(String id) {
        // plain values, which an upsert takes over
        return new JsonObject().put("_id", id).put(GONE, true);
    }

    static boolean isGone(JsonObject stored) {
        return stored.getBoolean(GONE, false);
    }

    static JsonObject goneBefore(JsonObject timestamp) {
        return new JsonObject()
                .put(GONE, new JsonObject().put("$eq", true))
                .put(CHANGED, new JsonObject().put("$lt", timestamp));
    }

    static JsonObject byId(String id) {
        return new JsonObject().put("_id", new JsonObject().put("$eq", id));
    }

    static JsonObject byVersion(String id, long version) {
        return byId(id).put("version", new JsonObject().put("$eq", version));
    }

    JsonObject where(List<Condition> conditions) {
        return there(all(schema.checked(conditions)));
    }

    /** Returns the query's conditions with those of its cursor. */
    JsonObject where(Query query) {
        JsonArray ranges = new JsonArray();
        for (List<Condition> range : Cursor.ranges(schema, query)) {
            ranges.add(all(range));
        }
        JsonObject where = where(query.where());
        return query.cursor() == null
                ? where
                : new JsonObject().put("$and", new JsonArray().add(where).add(new JsonObject().put("$or", ranges)));
    }

    private static JsonObject all(List<Condition> conditions) {
        if (conditions.isEmpty()) {
            return new JsonObject();
        }
        JsonArray all = new JsonArray();
        for (Condition condition : conditions) {
            boolean contains = condition.op() == Op.CONTAINS;
            Object value = condition.value() instanceof List<?> list
                    ? new JsonArray(list)
                    : contains
                            ? toTheLetter((String) condition.value())
                            : condition.op() == Op.NONE_OR
                                    ? new JsonArray().addNull().add(condition.value())
                                    : condition.value();
            var asked = new JsonObject().put(operator(condition.op()), value);
            all.add(new JsonObject().put(key(condition.field()), contains ? asked.put("$options", "i") : asked));
        }
        return new JsonObject().put("$and", all);
    }

    private static String operator(Op op) {
        return switch (op) {
            case EQ -> "$eq";
            case NE -> "$ne";
            case IN, NONE_OR -> "$in";
            case LT -> "$lt";
            case LTE -> "$lte";
            case GT -> "$gt";
            case GTE -> "$gte";
            case CONTAINS -> "$regex";
        };
    }

    /** Returns a regular expression that matches only this text, so that no input can make it slow. */
    private static String toTheLetter(String text) {
        var escaped = new StringBuilder(2 * text.length());
        text.chars().forEach(c -> {
            if (c < 128 && !Character.isLetterOrDigit(c)) {
                escaped.append('\\');
            }
            escaped.append((char) c);
        });
        return escaped.toString();
    }

    /** Returns the pipeline that counts records per value of a field, each as {@code {_id: value, count}}. */
    JsonArray countBy(String field, List<Condition> where) {
        String key = key(schema.countable(field).path());
        List<Condition> having = new ArrayList<>(where);
        having.add(Condition.ne(field, null));
        var group = new JsonObject().put("_id", "$" + key).put("count", new JsonObject().put("$sum", 1));
        return new JsonArray()
                .add(new JsonObject().put("$match", where(having)))
                .add(new JsonObject().put("$group", group));
    }

    JsonObject order(Query query) {
        JsonObject order = new JsonObject();
        for (Order by : schema.order(query)) {
            order.put(key(by.field()), by.descending() ? -1 : 1);
        }
        return order;
    }
}
