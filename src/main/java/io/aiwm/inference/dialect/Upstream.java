package io.aiwm.inference.dialect;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Reads what an upstream sent. Fails with {@link MalformedChunk} where a field has another type. */
final class Upstream {
    private Upstream() {}

    /** A name or a reason: null where it is absent or nothing of the kind. The answer itself does without. */
    static String word(JsonObject in, String name) {
        Object value = in.getValue(name);
        return value instanceof String || value instanceof Number ? value.toString() : null;
    }

    /** A piece of the answer; null where it is absent. Some servers send a list of parts with texts. */
    static String text(JsonObject in, String name) {
        Object value = in.getValue(name);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        if (!(value instanceof JsonArray parts)) {
            throw new MalformedChunk(name + " is no string");
        }
        var text = new StringBuilder();
        for (int i = 0; i < parts.size(); i++) {
            if (parts.getValue(i) instanceof JsonObject part && part.getValue("text") instanceof String piece) {
                text.append(piece);
            } else {
                throw new MalformedChunk(name + " has a part without a text");
            }
        }
        return text.toString();
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
