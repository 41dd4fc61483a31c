package io.aiwm.inference.dialect;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Reads what an upstream sent. Fails with {@link MalformedChunk} where a field has another type. */
final class Upstream {
    private Upstream() {}

    /** Null where it is absent. */
    static String text(JsonObject in, String name) {
        Object value = in.getValue(name);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw new MalformedChunk(name + " is no string");
    }

    /** Empty where it is absent. */
    static JsonArray list(JsonObject in, String name) {
        Object value = in.getValue(name);
        if (value == null) {
            return new JsonArray();
        }
        if (value instanceof JsonArray list) {
            return list;
        }
        throw new MalformedChunk(name + " is no list");
    }

    static JsonObject object(Object value, String name) {
        if (value instanceof JsonObject object) {
            return object;
        }
        throw new MalformedChunk(name + " is no object");
    }

    /** Zero where it is absent or no number. */
    static long count(JsonObject in, String name) {
        return in.getValue(name) instanceof Number number ? Math.max(0, number.longValue()) : 0;
    }
}
