package io.aiwm.controller.http;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** What differs between two JSON objects, value by value. */
public final class Difference {
    /** Of one change. */
    private static final int MOST = 50;

    private static final int LONGEST = 200;
    private static final int DEEPEST = 6;
    /** They change with everything. */
    private static final Set<String> ALWAYS = Set.of("/version", "/updatedAt");

    private Difference() {}

    /** Returns {@code {"path": …, "from": …, "to": …}} for each value; {@code from} or {@code to} is left out where there is none. */
    public static JsonArray of(JsonObject before, JsonObject after) {
        Map<String, Object> was = new LinkedHashMap<>();
        Map<String, Object> is = new LinkedHashMap<>();
        flatten("", before, 0, was);
        flatten("", after, 0, is);
        Set<String> all = new LinkedHashSet<>(was.keySet());
        all.addAll(is.keySet());
        var changes = new JsonArray();
        for (String path : all) {
            if (changes.size() < MOST && !ALWAYS.contains(path) && !Objects.equals(was.get(path), is.get(path))) {
                var change = new JsonObject().put("path", path);
                if (was.get(path) != null) {
                    change.put("from", was.get(path));
                }
                if (is.get(path) != null) {
                    change.put("to", is.get(path));
                }
                changes.add(change);
            }
        }
        return changes;
    }

    private static void flatten(String path, Object value, int depth, Map<String, Object> into) {
        if (value instanceof JsonObject object && depth < DEEPEST && !object.isEmpty()) {
            object.forEach(field -> flatten(
                    path + "/" + field.getKey().replace("~", "~0").replace("/", "~1"),
                    field.getValue(),
                    depth + 1,
                    into));
        } else if (value != null && !path.isEmpty()) {
            String text = value.toString();
            into.put(path, text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text);
        }
    }
}
