package io.aiwm.controller.batch;

import io.aiwm.controller.execution.Execution;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.CommandResult.Outcome;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.json.JsonObject;
import java.time.Instant;

/** The end of a batch as its execution is told it. */
final class BatchOutcome {
    private BatchOutcome() {}

    static CommandId command(Execution execution) {
        return new CommandId(execution.id(), 0, execution.steps().get(0).attempt());
    }

    static CommandResult of(Execution execution, Batch batch, Instant now) {
        Outcome outcome = switch (batch.state()) {
            case COMPLETED -> Outcome.success;
            case FAILED -> Outcome.failure;
            case EXPIRED -> Outcome.timeout;
            case CANCELLED -> Outcome.cancelled;
            case VALIDATING, IN_PROGRESS, FINALIZING, CANCELLING ->
                throw new IllegalStateException("a batch that is " + batch.state() + " has not ended");
        };
        CommandError error = switch (outcome) {
            case success, cancelled -> null;
            case failure ->
                new CommandError(ErrorCategory.INVALID, "lines of the input file are wrong, or it is gone", false);
            case timeout -> new CommandError(ErrorCategory.TIMEOUT, "not all lines were called in time", false);
        };
        var output = new JsonObject()
                .put("total", batch.total())
                .put("completed", batch.completed())
                .put("failed", batch.failed());
        return of(execution, outcome, output, error, now);
    }

    /** There is no such batch any more. */
    static CommandResult gone(Execution execution, Instant now) {
        var error = new CommandError(ErrorCategory.INVALID, "the batch was refused", false);
        return of(execution, Outcome.failure, null, error, now);
    }

    private static CommandResult of(
            Execution execution, Outcome outcome, JsonObject output, CommandError error, Instant now) {
        Instant began = execution.steps().get(0).current().assignedAt();
        return new CommandResult(null, command(execution).toString(), outcome, output, error, began, now);
    }
}
