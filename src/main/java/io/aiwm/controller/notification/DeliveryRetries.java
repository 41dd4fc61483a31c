package io.aiwm.controller.notification;

import java.time.Duration;

/** When an attempt that failed is made again. Pure. */
final class DeliveryRetries {
    /** Over about ten hours: 5 s, 20 s, 80 s, 5 min, 21 min, 85 min, and then every two hours. */
    static final int MOST_ATTEMPTS = 10;

    private static final Duration FIRST = Duration.ofSeconds(5);
    private static final Duration LONGEST = Duration.ofHours(2);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    private DeliveryRetries() {}

    /** @param attempts that failed, at least one */
    static Duration wait(int attempts, Duration asked) {
        Duration wait = FIRST.multipliedBy(1L << Math.min(2 * (attempts - 1), 20));
        Duration within = wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
        return within.compareTo(asked) < 0 ? asked : within;
    }

    /** How long a target is left alone after so many failures in a row. */
    static Duration pause(int failures) {
        Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(failures - 1, 10));
        return pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
    }
}
