package io.aiwm.worker.command;

import io.aiwm.common.Json;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.AsyncResult;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a command ended, without the times around it.
 *
 * @param output what it made, failed or not; null where nothing
 * @param error null if it succeeded
 */
record Outcome(CommandResult.Outcome kind, JsonObject output, CommandError error) {
    /** Leaves room for the envelope within the protocol's 1 MiB. */
    private static final int MAX_RESULT = 900 * 1024;

    private static final Logger log = LoggerFactory.getLogger(Outcome.class);

    static Outcome cancelled(String why) {
        return cancelled(why, null);
    }

    private static Outcome cancelled(String why, JsonObject output) {
        return new Outcome(
                CommandResult.Outcome.cancelled, output, new CommandError(ErrorCategory.CONFLICT, why, false));
    }

    static Outcome timeout() {
        return failed(
                CommandResult.Outcome.timeout,
                CommandError.of(ErrorCategory.TIMEOUT, "the command did not end before its deadline"));
    }

    /** What the handler's own ending means. */
    static Outcome of(AsyncResult<JsonObject> ended, Run run) {
        if (ended.succeeded()) {
            return new Outcome(CommandResult.Outcome.success, ended.result(), null);
        }
        if (run.wasCancelled()) {
            return cancelled(
                    "cancelled while it ran", ended.cause() instanceof CommandFailure failure ? failure.output : null);
        }
        if (ended.cause() instanceof CommandFailure failure) {
            return new Outcome(failure.outcome, failure.output, failure.error);
        }
        log.error("handler of {} failed unexpectedly", run.entry.name(), ended.cause());
        return failed(
                CommandResult.Outcome.failure,
                CommandError.of(
                        ErrorCategory.INTERNAL,
                        "the worker failed with " + ended.cause().getClass().getSimpleName() + "; its log says more"));
    }

    private static Outcome failed(CommandResult.Outcome kind, CommandError error) {
        return new Outcome(kind, null, error);
    }

    /** The message for the controller, with the session left out. @param startedAt 0: it never started */
    JsonObject result(String id, long startedAt, long finishedAt) {
        var result = Json.toObject(new CommandResult(
                null,
                id,
                kind,
                output,
                error,
                startedAt == 0 ? null : Instant.ofEpochMilli(startedAt),
                Instant.ofEpochMilli(finishedAt)));
        if (output != null && result.encode().length() > MAX_RESULT) {
            var tooLarge = CommandError.of(ErrorCategory.INTERNAL, "the command's output is too large to be sent");
            return failed(CommandResult.Outcome.failure, tooLarge).result(id, startedAt, finishedAt);
        }
        return result;
    }
}
