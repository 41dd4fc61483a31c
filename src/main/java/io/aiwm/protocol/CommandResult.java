package io.aiwm.protocol;

import io.aiwm.common.InstantText;
import io.vertx.core.json.JsonObject;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;

/**
 * Worker to controller, offered again until {@link ResultAck}: how a command ended.
 *
 * @param output what the command made, e.g. containerId and ports; null where nothing
 * @param error null on success
 */
public record CommandResult(
        String sessionId,
        String commandId,
        Outcome outcome,
        JsonObject output,
        CommandError error,
        Instant startedAt,
        Instant finishedAt) {
    public static final String TYPE = "command.result";

    /** The same as {@link Envelope#as}. The usual result is read without data binding: they come by the thousand. */
    public static CommandResult of(Envelope message) {
        CommandResult usual = usual(message.data().getMap(), message.data().getValue("output"));
        return usual == null ? message.as(CommandResult.class) : usual;
    }

    /** Null: it is not as results of success are. */
    private static CommandResult usual(Map<String, Object> said, Object output) {
        boolean flat = output == null || (output instanceof JsonObject object && isFlat(object));
        if (!flat || said.get("error") != null || !(said.get("outcome") instanceof String outcome)) {
            return null;
        }
        try {
            return new CommandResult(
                    (String) said.get("sessionId"),
                    (String) said.get("commandId"),
                    Outcome.valueOf(outcome),
                    (JsonObject) output,
                    null,
                    time(said.get("startedAt")),
                    time(said.get("finishedAt")));
        } catch (ClassCastException | IllegalArgumentException | DateTimeException unusual) {
            return null;
        }
    }

    private static boolean isFlat(JsonObject output) {
        for (Object value : output.getMap().values()) {
            if (!(value instanceof String || value instanceof Number || value instanceof Boolean)) {
                return false;
            }
        }
        return true;
    }

    private static Instant time(Object text) {
        return text == null ? null : InstantText.parse((String) text);
    }

    /** How a command ended; lower case because it travels. */
    public enum Outcome {
        success,
        failure,
        cancelled,
        timeout
    }
}
