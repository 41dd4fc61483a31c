package io.aiwm.controller.deployment;

import io.aiwm.common.Json;
import io.aiwm.controller.secret.SecretValues;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** What differs between what two containers are made of: {@code [{path, before, after}]}, without secrets. */
final class SpecDiff {
    private static final int MOST_ENTRIES = 200;

    private SpecDiff() {}

    static JsonArray between(ResolvedSpec before, ResolvedSpec after) {
        boolean made = before.engine() != null || after.engine() != null;
        Map<String, Object> old = flat(before, made, false);
        Map<String, Object> now = flat(after, made, false);
        Map<String, Object> shownOld = flat(before, made, true);
        Map<String, Object> shownNow = flat(after, made, true);
        var paths = new java.util.TreeSet<>(old.keySet());
        paths.addAll(now.keySet());
        var changes = new JsonArray();
        for (String path : paths) {
            if (!Objects.equals(old.get(path), now.get(path)) && changes.size() < MOST_ENTRIES) {
                changes.add(change(path, shownOld.get(path), shownNow.get(path)));
            }
        }
        return changes;
    }

    /** @param effective whether what was made is told beside what was asked for */
    private static Map<String, Object> flat(ResolvedSpec made, boolean effective, boolean shown) {
        var into = new TreeMap<String, Object>();
        put("/spec", made.said(), shown, into);
        put("/model", made.model(), shown, into);
        put("/engine", made.engine(), shown, into);
        if (effective) {
            put("/effectiveSpec", made.spec(), shown, into);
        }
        return into;
    }

    private static void put(String at, Object value, boolean shown, Map<String, Object> into) {
        JsonObject json = value == null ? new JsonObject() : Json.toObject(value);
        flat(at, shown ? SecretValues.masked(json) : json, into);
    }

    private static JsonObject change(String path, Object before, Object after) {
        var json = new JsonObject().put("path", path);
        if (before != null) {
            json.put("before", before);
        }
        return after == null ? json : json.put("after", after);
    }

    private static void flat(String at, Object value, Map<String, Object> into) {
        if (value instanceof JsonObject object) {
            object.forEach(entry -> flat(at + "/" + FieldRules.escaped(entry.getKey()), entry.getValue(), into));
        } else if (value instanceof JsonArray array && !array.isEmpty() && !(array.getValue(0) instanceof String)) {
            for (int i = 0; i < array.size(); i++) {
                flat(at + "/" + i, array.getValue(i), into);
            }
        } else {
            into.put(at, value);
        }
    }
}
