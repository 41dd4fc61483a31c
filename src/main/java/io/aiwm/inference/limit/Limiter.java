package io.aiwm.inference.limit;

import io.aiwm.inference.Caller;
import io.vertx.core.Future;

/** Reserves what a call may use before it is made. Safe to use from any event loop. */
public interface Limiter {
    /**
     * Reserves one request, one place and this many tokens, of the caller's key and team. Usually done at once; may take up to a second
     * where other gateways hold what is left. Fails with {@link io.aiwm.inference.GatewayError.Refused} 429, which says which limit
     * ({@code rate_limit_exceeded}, {@code insufficient_quota}) when to come again, and in its headers what
     * {@link Reservation#headers} says of a call that is let through; nothing is reserved then.
     *
     * @param tokens an upper estimate of prompt and answer
     */
    Future<Reservation> reserve(Caller caller, long tokens);

    /** Ends the waiting for limits. What {@link #reserve} returned stays as it is: what it has reserved already is to be settled. */
    default void cancel(Future<Reservation> reserved) {
        // most never wait
    }

    /** What one call holds until it has ended. */
    interface Reservation {
        /** Ends it: gives the place back, and of the tokens those that were not used. Only the first call counts. */
        void settle(long tokensUsed);

        /** Header names and values in turn, of the tightest limits: {@code RateLimit-*} and {@code x-ratelimit-*}. */
        java.util.List<String> headers();
    }

    /** For callers without limits: nothing is counted. */
    Future<Reservation> UNLIMITED = Future.succeededFuture(Unlimited.RESERVATION);

    /** Limits nothing. */
    Limiter NONE = (caller, tokens) -> UNLIMITED;
}
