package io.aiwm.boot;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.function.LongSupplier;

/**
 * The time of day as it was when this process started, carried on by the monotonic clock, so that whoever sets the machine's
 * clock neither ends work nor makes it last. Follows the machine's clock by at most one second in {@value #SHARE}, and never
 * goes back. In milliseconds, as workers and the protocol have them: one record does not mix two precisions.
 */
public final class SteadyClock extends Clock {
    private static final int SHARE = 100;

    private final InstantSource wall;
    private final LongSupplier nanoTime;
    private long readAt;
    /** Nanoseconds since the epoch. */
    private long now;

    public SteadyClock() {
        this(InstantSource.system(), System::nanoTime);
    }

    /** @param nanoTime a monotonic clock */
    SteadyClock(InstantSource wall, LongSupplier nanoTime) {
        this.wall = wall;
        this.nanoTime = nanoTime;
        this.readAt = nanoTime.getAsLong();
        this.now = nanos(wall.instant());
    }

    @Override
    public synchronized Instant instant() {
        long read = nanoTime.getAsLong();
        long passed = Math.max(0, read - readAt);
        readAt = read;
        now += passed;
        long most = passed / SHARE;
        now += Math.max(-most, Math.min(most, nanos(wall.instant()) - now));
        return Instant.EPOCH.plusNanos(now).truncatedTo(ChronoUnit.MILLIS);
    }

    /** Returns how far the machine's clock is ahead of this one. */
    public Duration wallAhead() {
        return Duration.between(instant(), wall.instant());
    }

    private static long nanos(Instant moment) {
        return ChronoUnit.NANOS.between(Instant.EPOCH, moment);
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException("this clock is in UTC");
    }
}
