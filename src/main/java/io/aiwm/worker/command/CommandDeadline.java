package io.aiwm.worker.command;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;

/**
 * Until when a command's result is wanted: for {@code data.leftMs} from now on, whatever the controller's clock shows. A
 * controller of an older version says only {@code data.deadline}, in milliseconds since the epoch or RFC 3339.
 */
final class CommandDeadline {
    /** For a command that names none, and for one that names a later one. */
    private static final Duration LATEST = Duration.ofDays(7);

    private CommandDeadline() {}

    static long of(JsonObject data, long now) {
        long latest = latest(now);
        if (data.getValue("leftMs") instanceof Number left) {
            return Math.min(now + Math.min(left.longValue(), LATEST.toMillis()), latest);
        }
        Object value = data.getValue("deadline");
        if (value instanceof Number millis) {
            return Math.min(millis.longValue(), latest);
        }
        if (value instanceof String text) {
            try {
                return Math.min(Instant.parse(text).toEpochMilli(), latest);
            } catch (DateTimeParseException unreadable) {
                return latest;
            }
        }
        return latest;
    }

    static long latest(long now) {
        return now + LATEST.toMillis();
    }
}
