package io.aiwm.controller.deployment;

import io.aiwm.common.Json;
import io.aiwm.controller.deployment.Deployment.Model;
import io.aiwm.controller.secret.SecretValues;
import io.aiwm.protocol.ContainerSpec;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** What differs between what two containers are made of: {@code [{path, before, after}]}, without secrets. */
final class SpecDiff {
    private static final int MOST_ENTRIES = 200;

    private SpecDiff() {}

    static JsonArray between(ContainerSpec before, Model modelBefore, ContainerSpec after, Model modelAfter) {
        var old = new TreeMap<String, Object>();
        var now = new TreeMap<String, Object>();
        flat("/spec", Json.toObject(before), old);
        flat("/spec", Json.toObject(after), now);
        flat("/model", modelBefore == null ? new JsonObject() : Json.toObject(modelBefore), old);
        flat("/model", modelAfter == null ? new JsonObject() : Json.toObject(modelAfter), now);
        var shownOld = new TreeMap<String, Object>();
        var shownNow = new TreeMap<String, Object>();
        flat("/spec", SecretValues.masked(Json.toObject(before)), shownOld);
        flat("/spec", SecretValues.masked(Json.toObject(after)), shownNow);
        flat(
                "/model",
                modelBefore == null ? new JsonObject() : SecretValues.masked(Json.toObject(modelBefore)),
                shownOld);
        flat(
                "/model",
                modelAfter == null ? new JsonObject() : SecretValues.masked(Json.toObject(modelAfter)),
                shownNow);
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
