package io.aiwm.inference.call;

import io.aiwm.common.Monotonic;
import io.aiwm.inference.balance.Place;
import java.time.Duration;

/** Tells a balancer that a WebSocket is quiet: no message has passed for a while, so that its deployment need not stay awake for it. */
final class IdleWebSocket {
    private static final long NEVER = Long.MAX_VALUE;

    private final Place place;
    private final long afterMillis;
    private long at;

    IdleWebSocket(Place place, Duration after) {
        this.place = place;
        this.afterMillis = after.toMillis();
        this.at = Monotonic.millis() + afterMillis;
    }

    /** When it becomes quiet, in milliseconds of {@link Monotonic}. */
    long at() {
        return at;
    }

    /** A message passes. */
    void broken() {
        if (at == NEVER) {
            place.quiet(false);
        }
        at = Monotonic.millis() + afterMillis;
    }

    /** Looks whether it has become quiet. */
    void look() {
        if (Monotonic.millis() >= at) {
            at = NEVER;
            place.quiet(true);
        }
    }
}
