package io.aiwm.controller.model;

import java.time.Duration;

/**
 * How long a server is waited for.
 *
 * @param first pause after a failure; doubles, up to {@code longest}
 * @param altogether all pauses of one file
 * @param most failures in a row without a byte in between
 */
record RetryPauses(Duration first, Duration longest, Duration altogether, int most) {
    static final RetryPauses USUAL =
            new RetryPauses(Duration.ofSeconds(1), Duration.ofMinutes(1), Duration.ofHours(6), 8);
}
