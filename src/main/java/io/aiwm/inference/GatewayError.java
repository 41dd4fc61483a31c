package io.aiwm.inference;

import java.util.List;

/**
 * Why a call is refused or was given up, before it is put into the words of a dialect.
 *
 * @param status of HTTP
 * @param code stable, in snake case, for example {@code model_not_found}
 * @param message for people; never holds a prompt, an answer or a key
 * @param param the field that is wrong, as the caller wrote it; null: none
 * @param retryAfterSeconds 0: not said
 * @param headers further ones of the answer, names and values in turn
 * @param context what the prompt does not fit into; null: this is not why
 */
public record GatewayError(
        int status,
        String code,
        String message,
        String param,
        long retryAfterSeconds,
        List<String> headers,
        ContextExceeded context) {
    /** Of a request that is refused as it is, where nothing more is said. */
    public static final String INVALID = "invalid_request_error";

    public GatewayError(int status, String code, String message, String param, long retryAfterSeconds) {
        this(status, code, message, param, retryAfterSeconds, List.of(), null);
    }

    public static GatewayError invalid(String param, String message) {
        return new GatewayError(400, INVALID, message, param, 0);
    }

    public static GatewayError of(int status, String code, String message) {
        return new GatewayError(status, code, message, null, 0);
    }

    /** The same with these headers of its answer, names and values in turn. */
    public GatewayError with(List<String> more) {
        return new GatewayError(status, code, message, param, retryAfterSeconds, List.copyOf(more), context);
    }

    /** The same for a prompt that does not fit. @param why null: this is not why */
    public GatewayError because(ContextExceeded why) {
        return new GatewayError(status, code, message, param, retryAfterSeconds, headers, why);
    }

    /** As an exception, for code that fails with futures. */
    public Refused refused() {
        return new Refused(this);
    }

    /** Carries an error through futures; has no stack trace. */
    public static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;
        public final transient GatewayError error;

        Refused(GatewayError error) {
            super(error.message(), null, false, false);
            this.error = error;
        }
    }
}
