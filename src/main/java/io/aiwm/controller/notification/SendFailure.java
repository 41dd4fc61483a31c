package io.aiwm.controller.notification;

import io.aiwm.common.Failure;
import java.time.Duration;

/** Why a notice did not arrive. Its message names no secret and no address. */
final class SendFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Whether sending the same again cannot help. */
    final boolean isFinal;
    /** How long the target wants to be left alone; zero: it did not say. */
    final transient Duration retryAfter;

    SendFailure(String why, boolean isFinal, Duration retryAfter) {
        super(why, null, false, false);
        this.isFinal = isFinal;
        this.retryAfter = retryAfter;
    }

    static SendFailure passing(String why) {
        return new SendFailure(why, false, Duration.ZERO);
    }

    static SendFailure of(Throwable cause) {
        return cause instanceof SendFailure known
                ? known
                : passing(
                        cause instanceof Failure failure
                                ? failure.getMessage()
                                : "an error within: " + cause.getClass().getSimpleName());
    }
}
