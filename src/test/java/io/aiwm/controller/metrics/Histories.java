package io.aiwm.controller.metrics;

import io.aiwm.controller.store.DocumentStore;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** What one controller has of the past, in tests. */
public final class Histories {
    private Histories() {}

    public static MetricHistory of(Vertx vertx, DocumentStore store, InstantSource clock, ReplicaMetrics replicas) {
        var hours = new MetricHours(store, clock, Duration.ofDays(7));
        return new MetricHistory(vertx, "c1", List::of, hours, new NodeMetrics(clock, Duration.ofMinutes(1)), replicas);
    }
}
