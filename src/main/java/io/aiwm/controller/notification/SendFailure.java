package io.aiwm.controller.notification;

import io.aiwm.common.Failure;
import java.time.Duration;

/** Why a notice did not arrive. Its message names no secret and no address. */
final class SendFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What would fail too if it were sent now. */
    enum Concerns {
        /** This notice alone: the target answers, and does not want it. */
        NOTICE,
        /** Whatever is sent to the target. */
        TARGET
    }

    /** Whether sending the same again cannot help. */
    final boolean isFinal;

    final Concerns concerns;
    /** How long the target wants to be left alone; zero: it did not say. */
    final transient Duration retryAfter;

    SendFailure(String why, boolean isFinal, Concerns concerns, Duration retryAfter) {
        super(why, null, false, false);
        this.isFinal = isFinal;
        this.concerns = concerns;
        this.retryAfter = retryAfter;
    }

    static SendFailure passing(String why) {
        return new SendFailure(why, false, Concerns.TARGET, Duration.ZERO);
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
