package io.aiwm.worker.command;

import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.ErrorCategory;

/** How a handler says that a command did not succeed, and what the user can do about it. */
public final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    public final transient CommandError error;

    public CommandFailure(ErrorCategory category, String message) {
        this(CommandError.of(category, message));
    }

    public CommandFailure(CommandError error) {
        super(error.category().wire() + ": " + error.message(), null, false, false);
        this.error = error;
    }
}
