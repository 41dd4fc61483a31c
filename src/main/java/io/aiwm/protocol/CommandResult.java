package io.aiwm.protocol;

import io.vertx.core.json.JsonObject;
import java.time.Instant;

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

    /** How a command ended; lower case because it travels. */
    public enum Outcome {
        success,
        failure,
        cancelled,
        timeout
    }
}
