package io.aiwm.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * Why a command did not succeed.
 *
 * @param message says what to do about it; never carries a secret
 * @param retryable whether the same command may succeed later
 * @param elsewhere whether this node cannot do what another may, and nothing of the command has run: its port is taken, its
 *     policy forbids it, it lacks what is needed. Absent in what older workers send
 */
public record CommandError(
        ErrorCategory category,
        String message,
        boolean retryable,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean elsewhere) {

    public CommandError(ErrorCategory category, String message, boolean retryable) {
        this(category, message, retryable, false);
    }

    /** The same, as a fault of this node alone. */
    public CommandError onThisNode() {
        return new CommandError(category, message, retryable, true);
    }

    public static CommandError of(ErrorCategory category, String message) {
        return new CommandError(category, message, category.usuallyRetryable());
    }
}
