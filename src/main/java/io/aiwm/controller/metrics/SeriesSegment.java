package io.aiwm.controller.metrics;

import java.util.Map;

/**
 * A stretch of slots of one resource's series.
 *
 * @param first the slot of the first number
 * @param newest the slot of the newest sample there is
 * @param series by name; what is not known is NaN
 */
record SeriesSegment(SeriesId id, long first, long newest, Map<String, float[]> series) {}
