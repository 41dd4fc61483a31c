package io.aiwm.worker.command;

import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.json.JsonObject;

/** How a handler says that a command did not succeed, and what the user can do about it. */
public final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    public final transient CommandError error;
    /** How the command counts as ended: failure, or timeout where it was stopped because its time was over. */
    public final transient CommandResult.Outcome outcome;
    /** What it made all the same; null where nothing. */
    public final transient JsonObject output;

    public CommandFailure(ErrorCategory category, String message) {
        this(CommandError.of(category, message));
    }

    public CommandFailure(CommandError error) {
        this(CommandResult.Outcome.failure, error, null);
    }

    public CommandFailure(CommandResult.Outcome outcome, CommandError error, JsonObject output) {
        super(error.category().wire() + ": " + error.message(), null, false, false);
        this.error = error;
        this.outcome = outcome;
        this.output = output;
    }
}
