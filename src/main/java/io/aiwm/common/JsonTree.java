package io.aiwm.common;

import com.fasterxml.jackson.core.JsonGenerator;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Writes trees of {@link JsonObject}, {@link JsonArray} and plain values in one pass. The serializers of Vert.x begin data binding anew,
 * and flush what was written, at each object inside another, which took several times as long. The text is the same.
 */
final class JsonTree {
    /** Writes a value of any other type. */
    @FunctionalInterface
    interface Other {
        void write(Object value, JsonGenerator json) throws IOException;
    }

    private final boolean withNulls;

    /** @param withNulls whether fields without a value are written */
    JsonTree(boolean withNulls) {
        this.withNulls = withNulls;
    }

    void write(Object value, JsonGenerator json, Other other) throws IOException {
        if (value instanceof String text) {
            json.writeString(text);
        } else if (value instanceof JsonObject object) {
            object(object.getMap(), json, other);
        } else if (value instanceof Integer number) {
            json.writeNumber(number);
        } else if (value instanceof Long number) {
            json.writeNumber(number);
        } else if (value instanceof Boolean state) {
            json.writeBoolean(state);
        } else if (value instanceof JsonArray array) {
            array(array.getList(), json, other);
        } else if (value instanceof Map<?, ?> map) {
            object(map, json, other);
        } else if (value instanceof List<?> list) {
            array(list, json, other);
        } else if (value == null) {
            json.writeNull();
        } else if (value instanceof Double number) {
            json.writeNumber(number);
        } else if (value instanceof Instant time) {
            json.writeString(InstantText.of(time));
        } else {
            other.write(value, json);
        }
    }

    private void object(Map<?, ?> map, JsonGenerator json, Other other) throws IOException {
        for (Object name : map.keySet()) {
            if (!(name instanceof String)) {
                other.write(map, json);
                return;
            }
        }
        json.writeStartObject();
        for (Map.Entry<?, ?> field : map.entrySet()) {
            if (withNulls || field.getValue() != null) {
                json.writeFieldName((String) field.getKey());
                write(field.getValue(), json, other);
            }
        }
        json.writeEndObject();
    }

    private void array(List<?> list, JsonGenerator json, Other other) throws IOException {
        json.writeStartArray();
        for (Object item : list) {
            write(item, json, other);
        }
        json.writeEndArray();
    }
}
