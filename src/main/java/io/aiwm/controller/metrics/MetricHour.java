package io.aiwm.controller.metrics;

import java.time.Instant;

/**
 * What one controller knows of an hour of one resource, as stored in collection {@code metricHours}.
 *
 * @param hour its beginning
 * @param data as {@link HourData} writes it
 */
record MetricHour(String id, long version, String resource, String part, Instant hour, String data) {
    /** @param missing how many slots of its beginning the writer's memory has lost: what was stored of them stays as it is */
    static MetricHour of(SeriesId series, long hour, String controllerId, long missing, HourData data) {
        String id = series.resource() + "/" + series.part() + "/" + hour + "/" + controllerId;
        return new MetricHour(
                missing == 0 ? id : id + "/" + missing,
                1,
                series.resource(),
                series.part(),
                Instant.ofEpochSecond(hour * SeriesRings.SLOTS * SeriesRings.SLOT_SECONDS),
                data.text());
    }

    /** The id of the controller that stored it. */
    String writer() {
        // the hour and the writer, of which neither has a slash
        return id.substring(resource.length() + part.length() + 2).split("/", 3)[1];
    }
}
