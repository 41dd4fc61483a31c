package io.aiwm.controller.node;

import io.vertx.core.json.JsonObject;
import java.util.Map;

/** JSON Merge Patch (RFC 7396): null removes, objects merge, anything else replaces. */
public final class MergePatch {
    private MergePatch() {}

    /** The target with the patch in it; neither is changed. */
    public static JsonObject apply(JsonObject target, JsonObject patch) {
        JsonObject merged = target.copy();
        for (Map.Entry<String, Object> entry : patch) {
            String key = entry.getKey();
            if (entry.getValue() == null) {
                merged.remove(key);
            } else if (entry.getValue() instanceof JsonObject change) {
                JsonObject inner = merged.getValue(key) instanceof JsonObject object ? object : new JsonObject();
                merged.put(key, apply(inner, change));
            } else {
                merged.put(key, entry.getValue());
            }
        }
        return merged;
    }
}
