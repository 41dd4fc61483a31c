package io.aiwm.worker.command;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;

/**
 * One command as the runner hands it to its handler.
 *
 * @param id {@code <executionId>.<stepIndex>.<attempt>}
 * @param deadline when it must have ended; one that can be told to end is told then, and its end is waited for during
 *     {@link #overtime}
 * @param progress tell it percent (0 to 100) and a few words; the runner thins it to one a second
 * @param cancelled completes when the command is cancelled; a handler that can stop early listens to it
 */
public record Command(
        String id, String name, JsonObject data, Instant deadline, Progress progress, Future<Void> cancelled) {
    private static final Duration MOST_OVERTIME = Duration.ofHours(1);

    /**
     * How long the controller waits for the result after the deadline, and after a cancel. Zero for a command that has
     * nothing to end, and from a controller of a version that waited no longer than the deadline.
     */
    public Duration overtime() {
        return overtime(data);
    }

    /** The same, also to be stopped when something else says so. */
    public Command stoppedBy(Future<Void> also) {
        return new Command(
                id, name, data, deadline, progress, Future.any(cancelled, also).mapEmpty());
    }

    static Duration overtime(JsonObject data) {
        return data != null && data.getValue("overtimeMs") instanceof Number millis
                ? Duration.ofMillis(Math.min(Math.max(0, millis.longValue()), MOST_OVERTIME.toMillis()))
                : Duration.ZERO;
    }
}
