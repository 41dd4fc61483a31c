package io.aiwm.worker.link;

import java.util.random.RandomGenerator;

/**
 * How long to wait before the next try: 1 s doubling to 60 s with full jitter, so that a fleet does not come back as one.
 * Who was refused waits for a person, who may be quick: 5 to 10 s at first, 30 to 60 s in the end.
 */
final class Backoff {
    static final long FIRST_MS = 1_000;
    static final long LONGEST_MS = 60_000;
    private static final long MOVED_MS = 250;
    private static final long REFUSED_MS = 5_000;
    private static final long REFUSED_LONGEST_MS = 30_000;

    private final RandomGenerator random;
    private int failures;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    /** A session was had: the next trouble starts from the beginning. */
    void succeeded() {
        failures = 0;
    }

    long next(LinkEnding.Kind kind) {
        boolean first = failures == 0;
        long ceiling = Math.min(LONGEST_MS, FIRST_MS << Math.min(failures, 10));
        long refused = Math.min(REFUSED_LONGEST_MS, REFUSED_MS << Math.min(failures, 10));
        failures++;
        return switch (kind) {
            // only once: a controller that throws everybody out must not be stormed
            case MOVED -> random.nextLong(first ? MOVED_MS : ceiling);
            case LOST -> random.nextLong(ceiling);
            case REFUSED, BARRED, REPLACED -> refused + random.nextLong(refused);
        };
    }
}
