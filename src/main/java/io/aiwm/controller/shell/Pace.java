package io.aiwm.controller.shell;

/** How many bytes may pass now, where so many a second may. What is not used is kept for one second. */
final class Pace {
    private static final double NANOS = 1e9;

    private final long perSecond;
    private double left;
    private long atNanos;

    Pace(long perSecond, long nowNanos) {
        this.perSecond = perSecond;
        this.left = perSecond;
        this.atNanos = nowNanos;
    }

    /** Returns how many of these may pass now, and counts them. */
    int take(int wanted, long nowNanos) {
        left = Math.min((double) perSecond, left + (nowNanos - atNanos) / NANOS * perSecond);
        atNanos = nowNanos;
        int given = (int) Math.max(0, Math.min(wanted, left));
        left -= given;
        return given;
    }

    /** Counts what has passed already, also where it was more than may. */
    void passed(int bytes, long nowNanos) {
        take(0, nowNanos);
        left -= bytes;
    }

    /** Returns after how many milliseconds something may pass; 0: now. */
    long waitMillis() {
        return left >= 1 ? 0 : (long) Math.ceil((1 - left) * 1_000 / perSecond);
    }
}
