package io.aiwm.controller.deployment;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Duration;
import java.util.Objects;

/**
 * How the number of replicas follows the calls. While it is given, {@code replicas} is where it stands now.
 *
 * @param minReplicas 0: it may sleep, and a call wakes it; null: 0
 * @param maxReplicas null: 1, or {@code minReplicas} where that is more
 * @param targetInFlight calls per replica, with those that wait; null: 4
 * @param scaleUpAfterSeconds how long more must have been needed; null: 10. One that sleeps is woken at once
 * @param scaleDownAfterSeconds how long fewer must have been enough; null: 120
 * @param idleSeconds without a call until it sleeps; null: 300
 * @param minResidenceSeconds after more were made until any of them goes; null: 60
 */
@RecordBuilder
public record Autoscale(
        Integer minReplicas,
        Integer maxReplicas,
        Integer targetInFlight,
        Integer scaleUpAfterSeconds,
        Integer scaleDownAfterSeconds,
        Integer idleSeconds,
        Integer minResidenceSeconds) {
    static final int MOST_SECONDS = 86_400;
    static final int MOST_IN_FLIGHT = 10_000;

    public int least() {
        return Objects.requireNonNullElse(minReplicas, 0);
    }

    public int most() {
        return Objects.requireNonNullElse(maxReplicas, Math.max(1, least()));
    }

    public int target() {
        return Objects.requireNonNullElse(targetInFlight, 4);
    }

    public Duration upAfter() {
        return Duration.ofSeconds(Objects.requireNonNullElse(scaleUpAfterSeconds, 10));
    }

    public Duration downAfter() {
        return Duration.ofSeconds(Objects.requireNonNullElse(scaleDownAfterSeconds, 120));
    }

    public Duration idle() {
        return Duration.ofSeconds(Objects.requireNonNullElse(idleSeconds, 300));
    }

    public Duration residence() {
        return Duration.ofSeconds(Objects.requireNonNullElse(minResidenceSeconds, 60));
    }
}
