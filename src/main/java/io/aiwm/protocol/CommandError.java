package io.aiwm.protocol;

/**
 * Why a command did not succeed.
 *
 * @param message says what to do about it; never carries a secret
 * @param retryable whether the same command may succeed later
 */
public record CommandError(ErrorCategory category, String message, boolean retryable) {

    public static CommandError of(ErrorCategory category, String message) {
        return new CommandError(category, message, category.usuallyRetryable());
    }
}
