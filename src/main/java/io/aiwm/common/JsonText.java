package io.aiwm.common;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

/**
 * A flat JSON object that is text from the beginning: what {@code JsonObject.encode} returns for the same fields, without the object.
 * For texts that are made for each request. Not thread-safe.
 */
public final class JsonText {
    private static final JsonStringEncoder TEXT = JsonStringEncoder.getInstance();
    private static final int USUAL_CHARS = 384;

    private final StringBuilder json = new StringBuilder(USUAL_CHARS);

    /** @param name needs no escapes. @param value null: the field is left out */
    public JsonText put(String name, String value) {
        if (value != null) {
            name(name).append('"');
            TEXT.quoteAsString(value, json);
            json.append('"');
        }
        return this;
    }

    public JsonText put(String name, long value) {
        name(name).append(value);
        return this;
    }

    private StringBuilder name(String name) {
        return json.append(json.isEmpty() ? "{\"" : ",\"").append(name).append("\":");
    }

    /** Returns the JSON text. */
    @Override
    public String toString() {
        return json.isEmpty() ? "{}" : json + "}";
    }
}
