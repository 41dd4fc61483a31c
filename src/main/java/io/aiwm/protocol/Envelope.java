package io.aiwm.protocol;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.common.InstantText;
import io.aiwm.common.Json;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Every message between a controller and a worker, on every transport: one JSON object of at most {@link #MAX_BYTES}.
 * Unknown fields are ignored.
 *
 * @param type {@code {resource}.{action}}, e.g. {@code command.result}
 * @param messageId unique per message (UUIDv7)
 * @param timestamp when it was made, RFC 3339 UTC with milliseconds
 * @param correlationId the messageId this one answers, or null
 * @param metadata {@code executionId, stepIndex, attempt, commandId, traceparent}; null where none
 * @param data what the type says; see the record of the same name in this package
 */
public record Envelope(
        String type, String messageId, Instant timestamp, String correlationId, JsonObject metadata, JsonObject data) {

    public static final int MAX_BYTES = 1024 * 1024;

    public static Envelope of(String type, Object data) {
        return new Envelope(type, Ids.uuid7(), Instant.now(), null, null, Json.toObject(data));
    }

    public static Envelope command(String type, Object data, JsonObject metadata) {
        return new Envelope(type, Ids.uuid7(), Instant.now(), null, metadata, Json.toObject(data));
    }

    public Envelope answering(Envelope question) {
        return new Envelope(type, messageId, timestamp, question.messageId(), metadata, data);
    }

    /** The data as its record. Fails with INVALID naming what does not fit. */
    public <T> T as(Class<T> record) {
        return Json.decode(data, record);
    }

    /** The id of the command that a message to or from a worker is about; null where it is about none. */
    public String commandId() {
        return metadata == null ? null : metadata.getString("commandId");
    }

    public JsonObject toJson() {
        var json = new JsonObject()
                .put("type", type)
                .put("messageId", messageId)
                .put("timestamp", InstantText.of(timestamp.truncatedTo(ChronoUnit.MILLIS)));
        if (correlationId != null) {
            json.put("correlationId", correlationId);
        }
        if (metadata != null) {
            json.put("metadata", metadata);
        }
        return json.put("data", data);
    }

    public String encode() {
        return toJson().encode();
    }

    /** Fails with INVALID: not JSON, no type, wrong kinds of value. */
    public static Envelope decode(String text) {
        try {
            return of(new JsonObject(text));
        } catch (DecodeException cause) {
            throw Failure.invalid("not a JSON object");
        }
    }

    public static Envelope of(JsonObject json) {
        try {
            String type = json.getString("type");
            if (type == null || type.isBlank() || type.length() > 100) {
                throw Failure.invalid("/type", "must be a text of 1 to 100 characters");
            }
            Object timestamp = json.getValue("timestamp");
            JsonObject data = json.getJsonObject("data");
            return new Envelope(
                    type,
                    json.getString("messageId"),
                    timestamp == null ? Instant.EPOCH : InstantText.parse((String) timestamp),
                    json.getString("correlationId"),
                    json.getJsonObject("metadata"),
                    data == null ? new JsonObject() : data);
        } catch (ClassCastException | java.time.DateTimeException cause) {
            throw Failure.invalid("an envelope field has the wrong kind of value");
        }
    }
}
