package io.aiwm.common;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;

/** How many bytes a second came within the last {@value #WINDOW_SECONDS} seconds. Not safe for several threads. */
public final class ByteRate {
    private static final long WINDOW_SECONDS = 15;
    private static final long WINDOW_NANOS = WINDOW_SECONDS * 1_000_000_000L;
    private static final int MOST_SAMPLES = 1_000;

    private record Sample(long nanos, long bytes) {}

    private final LongSupplier nanoTime;
    private final Deque<Sample> samples = new ArrayDeque<>();
    private long came;

    public ByteRate(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** So many bytes have come since this was said last. */
    public void came(long bytes) {
        came += bytes;
        long now = nanoTime.getAsLong();
        samples.addLast(new Sample(now, came));
        while (samples.size() > 2 && now - samples.peekFirst().nanos > WINDOW_NANOS) {
            samples.removeFirst();
        }
        if (samples.size() > MOST_SAMPLES) {
            samples.removeFirst();
        }
    }

    /** 0: not known yet. */
    public long perSecond() {
        if (samples.size() < 2) {
            return 0;
        }
        Sample first = samples.peekFirst();
        long nanos = nanoTime.getAsLong() - first.nanos;
        return nanos <= 0 ? 0 : (long) ((samples.peekLast().bytes - first.bytes) * 1e9 / nanos);
    }
}
