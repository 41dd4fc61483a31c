package io.aiwm.controller.model.hub;

import io.aiwm.protocol.ErrorCategory;
import java.time.Duration;

/** Why a download stops, and whether it is worth going on with later. */
public final class DownloadFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    public final ErrorCategory category;
    public final boolean retryable;
    /** How long the server wants to be left alone; zero: it says nothing. */
    public final transient Duration retryAfter;

    private DownloadFailure(ErrorCategory category, String message, boolean retryable, Duration retryAfter) {
        super(message, null, false, false);
        this.category = category;
        this.retryable = retryable;
        this.retryAfter = retryAfter;
    }

    /** Worth another try. */
    public static DownloadFailure again(String message) {
        return passing(message);
    }

    static DownloadFailure passing(String message) {
        return new DownloadFailure(ErrorCategory.NETWORK, message, true, Duration.ZERO);
    }

    static DownloadFailure limited(String message, Duration retryAfter) {
        return new DownloadFailure(ErrorCategory.NETWORK, message, true, retryAfter);
    }

    public static DownloadFailure of(ErrorCategory category, String message) {
        return new DownloadFailure(category, message, false, Duration.ZERO);
    }

    static DownloadFailure of(Throwable cause, String host) {
        return cause instanceof DownloadFailure known
                ? known
                : passing("the connection to " + host + " broke: "
                        + cause.getClass().getSimpleName());
    }
}
