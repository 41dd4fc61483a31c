package io.aiwm.inference.dialect;

import io.aiwm.inference.GatewayError;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** An object of a caller's request. A field of the wrong type is refused by its path, in the notation of the caller's API. */
final class Fields {
    /** How an element of a list is named. */
    enum Notation {
        /** {@code messages.0.content}. */
        DOTS,
        /** {@code input[0].content}. */
        BRACKETS
    }

    final JsonObject json;
    final String path;
    private final Notation notation;

    private Fields(JsonObject json, String path, Notation notation) {
        this.json = json;
        this.path = path;
        this.notation = notation;
    }

    static Fields of(JsonObject request, Notation notation) {
        return new Fields(request, "", notation);
    }

    String path(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private String path(String name, int index) {
        return notation == Notation.DOTS ? path(name) + "." + index : path(name) + "[" + index + "]";
    }

    /** @param name null: the object itself is wrong */
    GatewayError.Refused wrong(String name, String message) {
        return GatewayError.invalid(name == null ? path : path(name), message).refused();
    }

    /** Null where it is absent. */
    Object value(String name) {
        return json.getValue(name);
    }

    boolean has(String name) {
        return value(name) != null;
    }

    /** Null where it is absent. */
    String text(String name) {
        return read(name, String.class, "must be a string");
    }

    String requiredText(String name) {
        String text = text(name);
        if (text == null) {
            throw wrong(name, "is required");
        }
        return text;
    }

    /** The text, or this where it is absent. */
    String text(String name, String otherwise) {
        String text = text(name);
        return text == null ? otherwise : text;
    }

    /** False where it is absent. */
    boolean flag(String name) {
        return Boolean.TRUE.equals(read(name, Boolean.class, "must be true or false"));
    }

    /** Null where it is absent. */
    Number number(String name) {
        return read(name, Number.class, "must be a number");
    }

    /** Null where it is absent. */
    Fields object(String name) {
        JsonObject object = read(name, JsonObject.class, "must be an object");
        return object == null ? null : new Fields(object, path(name), notation);
    }

    Fields requiredObject(String name) {
        Fields object = object(name);
        if (object == null) {
            throw wrong(name, "is required");
        }
        return object;
    }

    /** Empty where it is absent. */
    List<Fields> objects(String name) {
        JsonArray list = read(name, JsonArray.class, "must be a list");
        if (list == null) {
            return List.of();
        }
        var objects = new ArrayList<Fields>(list.size());
        for (int i = 0; i < list.size(); i++) {
            if (!(list.getValue(i) instanceof JsonObject object)) {
                throw GatewayError.invalid(path(name, i), "must be an object").refused();
            }
            objects.add(new Fields(object, path(name, i), notation));
        }
        return objects;
    }

    private <T> T read(String name, Class<T> type, String message) {
        Object value = value(name);
        if (value != null && !type.isInstance(value)) {
            throw wrong(name, message);
        }
        return type.cast(value);
    }
}
