package io.aiwm.inference.dialect;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

/** Writes server-sent events. Encoded JSON has no line breaks, so each event has one line of data. */
final class EventText {
    private EventText() {}

    /** An event without a name. */
    static void append(Buffer to, JsonObject data) {
        to.appendString("data: ").appendBuffer(data.toBuffer()).appendString("\n\n");
    }

    /** An event that is named as its data's {@code type}. */
    static void appendNamed(Buffer to, JsonObject data) {
        to.appendString("event: ").appendString(data.getString("type")).appendString("\n");
        append(to, data);
    }
}
