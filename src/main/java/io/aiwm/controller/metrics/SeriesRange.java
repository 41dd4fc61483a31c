package io.aiwm.controller.metrics;

import java.time.Instant;

/**
 * The points that are asked for: each is {@code slotsPerPoint} slots long, and the last one ends with the newest slot.
 *
 * @param end the slot after the last
 */
public record SeriesRange(long end, int points, int slotsPerPoint) {

    /** Of the last so many minutes, at least one. A step that is no multiple of a slot is rounded up. */
    public static SeriesRange until(Instant now, int minutes, int stepSeconds) {
        int perPoint = Math.max(1, (stepSeconds + ReplicaSeries.SLOT_SECONDS - 1) / ReplicaSeries.SLOT_SECONDS);
        int slots = Math.max(1, Math.min(ReplicaSeries.SLOTS, minutes * 60 / ReplicaSeries.SLOT_SECONDS));
        int points = Math.max(1, slots / perPoint);
        // points begin at multiples of the step, so that one that is asked for again is the same
        long end = (ReplicaSeries.slotOf(now) / perPoint + 1) * perPoint;
        return new SeriesRange(end, points, perPoint);
    }

    /** The same time in fewer points, so that all of so many series are no more than so many. */
    public SeriesRange within(int mostPoints, int series) {
        int each = Math.max(1, mostPoints / Math.max(1, series));
        int fewer = (points + each - 1) / each;
        if (fewer <= 1) {
            return this;
        }
        int perPoint = slotsPerPoint * fewer;
        return new SeriesRange(((end - 1) / perPoint + 1) * perPoint, (points + fewer - 1) / fewer, perPoint);
    }

    long begin(int point) {
        return end - (long) (points - point) * slotsPerPoint;
    }

    /** When the first point begins. */
    public Instant from() {
        return Instant.ofEpochSecond(begin(0) * ReplicaSeries.SLOT_SECONDS);
    }

    public int stepSeconds() {
        return slotsPerPoint * ReplicaSeries.SLOT_SECONDS;
    }
}
