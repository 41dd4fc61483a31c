package io.aiwm.common;

import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import java.util.List;

/**
 * The one way anything in AIWM says "no". It crosses the event bus as a reply failure (code + detail) and leaves over
 * HTTP as a problem document; nothing else knows status codes. The detail tells the caller what to do.
 */
public final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final long SOON_SECONDS = 1;

    /** What went wrong, in words a caller can act on. The code is the number that crosses the bus and HTTP. */
    public enum Kind {
        /** The request is malformed; sending it again unchanged cannot help. */
        INVALID(400),
        UNAUTHENTICATED(401),
        FORBIDDEN(403),
        NOT_FOUND(404),
        /** The body of the request did not come in time: nothing was done. */
        REQUEST_TIMEOUT(408),
        /** The record is in a state, or at a version, in which this may not happen. */
        CONFLICT(409),
        /** It was there and is not kept any more: begin anew. */
        GONE(410),
        PRECONDITION(412),
        TOO_LARGE(413),
        UNSUPPORTED_MEDIA_TYPE(415),
        /** Well formed, but it means something that cannot be (a cycle, an unknown step). */
        UNPROCESSABLE(422),
        LIMITED(429),
        INTERNAL(500),
        /** Nobody serves this now: the node is gone or not started. Safe to try elsewhere. */
        UNAVAILABLE(503),
        /** No answer in time: the work may or may not have happened. Ask before repeating. */
        TIMEOUT(504);

        public final int code;

        Kind(int code) {
            this.code = code;
        }

        /** The kind that crosses the bus or HTTP as this number; INTERNAL for a number nobody knows. */
        public static Kind ofCode(int code) {
            for (Kind kind : values()) {
                if (kind.code == code) {
                    return kind;
                }
            }
            return code >= 400 && code < 500 ? INVALID : INTERNAL;
        }
    }

    /** One field that is wrong: where (RFC 6901 pointer) and why. */
    public record FieldError(String pointer, String detail) {}

    public final Kind kind;
    /** Every field that is wrong, all at once; empty where the whole request is meant. */
    public final transient List<FieldError> errors;

    /** When trying again makes sense; only retryable kinds have a use for it. */
    public final long retryAfterSeconds;

    /** Whether it is a CONFLICT that ends by itself. */
    private final boolean passing;

    public Failure(Kind kind, String detail, List<FieldError> errors) {
        this(kind, detail, errors, SOON_SECONDS, false);
    }

    private Failure(Kind kind, String detail, List<FieldError> errors, long retryAfterSeconds, boolean passing) {
        super(detail, null, false, false);
        this.kind = kind;
        this.errors = List.copyOf(errors);
        this.retryAfterSeconds = retryAfterSeconds;
        this.passing = passing;
    }

    public Failure(Kind kind, String detail) {
        this(kind, detail, List.of());
    }

    public static Failure notFound(String what, String id) {
        return new Failure(Kind.NOT_FOUND, what + " " + id + " does not exist");
    }

    public static Failure invalid(String detail) {
        return new Failure(Kind.INVALID, detail);
    }

    /** One wrong field; the detail names it too, so that it reads well alone. */
    public static Failure invalid(String pointer, String detail) {
        return new Failure(Kind.INVALID, pointer + ": " + detail, List.of(new FieldError(pointer, detail)));
    }

    public static Failure unprocessable(String pointer, String detail) {
        return new Failure(Kind.UNPROCESSABLE, pointer + ": " + detail, List.of(new FieldError(pointer, detail)));
    }

    /** A limit that is known to hold for so long. */
    public static Failure limited(String detail, long retryAfterSeconds) {
        return new Failure(Kind.LIMITED, detail, List.of(), retryAfterSeconds, false);
    }

    public static Failure conflict(String detail) {
        return new Failure(Kind.CONFLICT, detail);
    }

    /** A conflict with something that is under way and ends by itself: the same request may succeed after it. */
    public static Failure busy(String detail) {
        return new Failure(Kind.CONFLICT, detail, List.of(), SOON_SECONDS, true);
    }

    /** Reads any throwable as a failure; unknown ones become INTERNAL without leaking their message. */
    public static Failure of(Throwable cause) {
        if (cause instanceof Failure failure) {
            return failure;
        }
        if (cause instanceof ReplyException reply) {
            return switch (reply.failureType()) {
                case NO_HANDLERS -> new Failure(Kind.UNAVAILABLE, reply.getMessage());
                case TIMEOUT -> new Failure(Kind.TIMEOUT, reply.getMessage());
                case RECIPIENT_FAILURE -> new Failure(Kind.ofCode(reply.failureCode()), reply.getMessage());
                case ERROR -> new Failure(Kind.INTERNAL, "message could not be delivered");
            };
        }
        return new Failure(Kind.INTERNAL, "internal error");
    }

    /** Whether sending the same request again later may succeed. */
    public boolean retryable() {
        return switch (kind) {
            case LIMITED, UNAVAILABLE, TIMEOUT, REQUEST_TIMEOUT -> true;
            case CONFLICT -> passing;
            case INVALID,
                    UNAUTHENTICATED,
                    FORBIDDEN,
                    NOT_FOUND,
                    GONE,
                    PRECONDITION,
                    TOO_LARGE,
                    UNSUPPORTED_MEDIA_TYPE,
                    UNPROCESSABLE,
                    INTERNAL -> false;
        };
    }

    public void replyTo(Message<?> message) {
        message.fail(kind.code, getMessage());
    }
}
