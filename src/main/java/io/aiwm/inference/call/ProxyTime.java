package io.aiwm.inference.call;

import io.aiwm.common.Monotonic;
import io.aiwm.inference.GatewayError;
import io.aiwm.inference.balance.Place;
import java.time.Duration;

/** Until when a call below {@code /proxy} may wait for what comes next. */
final class ProxyTime {
    private static final long NEVER = Long.MAX_VALUE;
    /** A body that comes more slowly than that has no more time than one of a call to a model. */
    private static final int LEAST_BYTES_PER_MILLI = 16;

    private long deadline = NEVER;
    /** When the body must have come; {@link #NEVER}: it has, or is not awaited yet. */
    private long bodyUntil = NEVER;
    /** Null: it is no WebSocket. */
    private IdleWebSocket quiet;
    /** Between two pieces on a WebSocket. */
    private Duration idle;

    /** In milliseconds of {@link Monotonic}. */
    long deadline() {
        return Math.min(deadline, bodyUntil);
    }

    /** When to look next: {@link #deadline}, or when a WebSocket becomes quiet. */
    long next() {
        return quiet == null ? deadline() : Math.min(deadline(), quiet.at());
    }

    /** Tells the balancer if the call has become quiet. Returns whether it may not wait any longer. */
    boolean isOver() {
        if (quiet != null) {
            quiet.look();
        }
        return Monotonic.millis() >= deadline();
    }

    /** From now on it is a WebSocket. */
    void socketOpens(Place place, Duration between) {
        quiet = new IdleWebSocket(place, between);
        idle = between;
        limit(idle);
    }

    void socketMoves(boolean message) {
        limit(idle);
        if (message) {
            quiet.broken();
        }
    }

    void limit(Duration time) {
        deadline = Monotonic.millis() + time.toMillis();
    }

    /** Nothing else is limited until {@link #bodyEnds}: an answer that waits for the body is not late. */
    void bodyBegins(Duration time) {
        deadline = NEVER;
        bodyUntil = Monotonic.millis() + time.toMillis();
    }

    void bodyMoves(int bytes) {
        bodyUntil += bytes / LEAST_BYTES_PER_MILLI;
    }

    void bodyEnds(Duration forAnswer) {
        bodyUntil = NEVER;
        limit(forAnswer);
    }

    boolean isBodyAwaited() {
        return bodyUntil != NEVER;
    }

    /** What has come too late. */
    GatewayError error() {
        return isBodyAwaited()
                ? GatewayError.of(408, "request_timeout", "the body did not come in time")
                : GatewayError.of(504, "upstream_timeout", "the deployment's server does not answer");
    }
}
