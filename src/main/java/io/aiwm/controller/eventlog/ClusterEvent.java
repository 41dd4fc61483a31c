package io.aiwm.controller.eventlog;

import io.vertx.core.json.JsonObject;

/**
 * An event of the log of all events, as it is stored and sent.
 *
 * @param json with {@code revision}, {@code id}, {@code kind}, {@code resourceId}, {@code type}, {@code at}, {@code severity}, and
 *     what {@link EventNote} adds; must not be modified
 * @param text the same as JSON text
 */
public record ClusterEvent(long revision, JsonObject json, String text) {
    static ClusterEvent of(JsonObject json) {
        if (json.getString("severity") == null) {
            json.put("severity", Severity.INFO.word());
        }
        return new ClusterEvent(json.getLong("revision"), json, json.encode());
    }

    /** Returns what is told instead of an event: a reader has all that its filter takes up to this revision. */
    public static String place(long revision) {
        return "{\"revision\":" + revision + "}";
    }

    public String type() {
        return json.getString("type", "");
    }

    public String kind() {
        return json.getString("kind");
    }

    /** Null: of several. */
    public String resourceId() {
        return json.getString("resourceId");
    }

    public Severity severity() {
        return Severity.of(json.getString("severity"));
    }

    /** Null: it is nobody's own. */
    public String owner() {
        return json.getString("owner");
    }
}
