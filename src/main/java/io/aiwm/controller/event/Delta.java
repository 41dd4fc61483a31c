package io.aiwm.controller.event;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;

/** What has changed of one kind: the newest state of each record, and how many were left out. Used by one thread at a time. */
final class Delta {
    private final Map<String, JsonObject> items = new LinkedHashMap<>();
    private int omitted;

    void add(JsonArray more, int left) {
        omitted += left;
        for (Object each : more) {
            var item = (JsonObject) each;
            String id = item.getString("id");
            items.remove(id);
            items.put(id, item);
        }
        while (items.size() > Events.MOST_ITEMS) {
            items.remove(items.keySet().iterator().next());
            omitted++;
        }
    }

    /** Adds what {@link #json} has made. */
    void add(JsonObject delta) {
        add(delta.getJsonArray("items"), delta.getInteger("omitted"));
    }

    JsonObject json() {
        var all = new JsonArray();
        items.values().forEach(all::add);
        return new JsonObject().put("items", all).put("omitted", omitted);
    }
}
