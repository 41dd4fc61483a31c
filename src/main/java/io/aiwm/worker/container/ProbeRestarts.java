package io.aiwm.worker.container;

import java.time.Duration;

/**
 * The restarts of one container for its probes: the first at once, each further one after a pause that doubles, as a
 * controller starts a replica again. One that has run for {@link #CALM} since was well. Not safe for more than one thread.
 */
final class ProbeRestarts {
    static final Duration FIRST_PAUSE = Duration.ofSeconds(10);
    static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
    static final Duration CALM = Duration.ofMinutes(10);

    private int inRow;
    private long lastNanos;

    /** Whether the pause since the last one is over. */
    boolean may(long now) {
        return inRow == 0 || now - lastNanos >= pause().toNanos();
    }

    void done(long now) {
        inRow = inRow > 0 && now - lastNanos >= CALM.toNanos() ? 1 : inRow + 1;
        lastNanos = now;
    }

    private Duration pause() {
        Duration doubled = FIRST_PAUSE.multipliedBy(1L << Math.min(inRow - 1, 20));
        return doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled;
    }
}
