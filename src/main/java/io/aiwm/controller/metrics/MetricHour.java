package io.aiwm.controller.metrics;

import java.time.Instant;

/**
 * What one controller knows of an hour of one resource, as stored in collection {@code metricHours}.
 *
 * @param hour its beginning
 * @param data as {@link HourData} writes it
 */
record MetricHour(String id, long version, String resource, String part, Instant hour, String data) {}
