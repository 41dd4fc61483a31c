package io.aiwm.controller.event;

import io.vertx.core.json.JsonObject;
import java.util.Map;

/** Messages to browsers of one address, put together where they come faster than a browser is to be told. docs/events.md has the form. */
public final class CoalescedMessages {
    /** Told instead of what a browser was spared: it reads its lists again. */
    private static final String MISSED = "missed";

    private static final String REVISION = "revision";
    private static final String FROM = "from";
    private static final String DELTAS = "deltas";

    private CoalescedMessages() {}

    /** What says that something was missed. */
    public static JsonObject missed() {
        return new JsonObject().put(MISSED, true);
    }

    /** Returns one message for two that follow each other, neither of which is changed. */
    public static JsonObject together(JsonObject earlier, JsonObject later) {
        if (earlier.containsKey(MISSED) || later.containsKey(MISSED)) {
            return missed();
        }
        var both = new JsonObject();
        later.forEach(field -> both.put(field.getKey(), field.getValue()));
        if (later.containsKey(REVISION)) {
            both.put(FROM, earlier.getLong(FROM, earlier.getLong(REVISION)));
        }
        if (later.containsKey(DELTAS)) {
            both.put(DELTAS, deltas(earlier.getJsonObject(DELTAS), later.getJsonObject(DELTAS)));
        } else {
            joined(earlier, later).forEach(field -> both.put(field.getKey(), field.getValue()));
        }
        return both;
    }

    private static JsonObject deltas(JsonObject earlier, JsonObject later) {
        var all = new JsonObject();
        earlier.forEach(kind -> all.put(kind.getKey(), kind.getValue()));
        for (Map.Entry<String, Object> kind : later) {
            var delta = (JsonObject) kind.getValue();
            JsonObject before = earlier.getJsonObject(kind.getKey());
            all.put(kind.getKey(), before == null ? delta : joined(before, delta));
        }
        return all;
    }

    private static JsonObject joined(JsonObject earlier, JsonObject later) {
        var delta = new Delta();
        delta.add(earlier);
        delta.add(later);
        return delta.json();
    }
}
