package io.aiwm.controller.http;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.regex.Pattern;

/** Hides what must not be read back: values whose name says that they are secret, at any depth. */
final class Secrets {
    static final String MASK = "***";
    /** To be found, not matched: words alone, each tried once at each place, so the time is linear in the name. */
    private static final Pattern NAME = Pattern.compile(
            "(?i)password|passwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential|authorization");

    private Secrets() {}

    /** The same object when there is nothing to hide, else a copy with the values masked. */
    static JsonObject masked(JsonObject json) {
        JsonObject copy = null;
        for (Map.Entry<String, Object> field : json) {
            Object shown = masked(field.getKey(), field.getValue());
            if (shown != field.getValue()) {
                copy = copy == null ? new JsonObject(new java.util.LinkedHashMap<>(json.getMap())) : copy;
                copy.put(field.getKey(), shown);
            }
        }
        return copy == null ? json : copy;
    }

    private static Object masked(String name, Object value) {
        if (value instanceof JsonObject object) {
            return masked(object);
        }
        if (value instanceof JsonArray array) {
            var copy = new JsonArray();
            array.forEach(item -> copy.add(masked(name, item)));
            return copy;
        }
        return value instanceof CharSequence && NAME.matcher(name).find() ? MASK : value;
    }
}
