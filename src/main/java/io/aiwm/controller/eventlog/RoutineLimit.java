package io.aiwm.controller.eventlog;

import java.util.function.LongSupplier;

/** How many routine events are told one by one: so many a second, and in a short burst four times as many. Thread-safe. */
public final class RoutineLimit {
    private static final int BURST_SECONDS = 4;

    private final int perSecond;
    private final LongSupplier nanos;
    private double left;
    private long filledNanos;

    public RoutineLimit(int perSecond) {
        this(perSecond, System::nanoTime);
    }

    /** @param nanos monotonic */
    RoutineLimit(int perSecond, LongSupplier nanos) {
        this.perSecond = perSecond;
        this.nanos = nanos;
        this.left = most();
        this.filledNanos = nanos.getAsLong();
    }

    private double most() {
        return (double) perSecond * BURST_SECONDS;
    }

    /** Returns whether the next one is told by itself; if not, it is only counted. */
    public synchronized boolean takes() {
        long now = nanos.getAsLong();
        left = Math.min(most(), left + (now - filledNanos) / 1e9 * perSecond);
        filledNanos = now;
        if (left < 1) {
            return false;
        }
        left--;
        return true;
    }
}
