package io.aiwm.controller.metrics;

import java.time.Duration;
import java.time.Instant;

/**
 * The points that are asked for: each is {@code slotsPerPoint} slots long, and the last one ends with the newest slot.
 *
 * @param end the slot after the last
 */
public record SeriesRange(long end, int points, int slotsPerPoint) {
    private static final int SLOTS_PER_MINUTE = 60 / SeriesRings.SLOT_SECONDS;
    /** Steps that are chosen where none is asked for, in slots: 10 s to a day. */
    private static final int[] STEPS = {1, 3, 6, 12, 30, 60, 90, 180, 360, 720, 2_160, 4_320, 8_640};

    private static final int POINTS_UNLESS_ASKED = 360;

    static long slotOf(Instant time) {
        return time.getEpochSecond() / SeriesRings.SLOT_SECONDS;
    }

    /** Of the last so many minutes, at least one. A step that is no multiple of a slot is rounded up. */
    public static SeriesRange until(Instant now, int minutes, int stepSeconds) {
        int perPoint = slots(stepSeconds);
        int slots = Math.max(1, Math.min(SeriesRings.SLOTS, minutes * 60 / SeriesRings.SLOT_SECONDS));
        int points = Math.max(1, slots / perPoint);
        // points begin at multiples of the step, so that one that is asked for again is the same
        long end = (slotOf(now) / perPoint + 1) * perPoint;
        return new SeriesRange(end, points, perPoint);
    }

    /**
     * From one time to another, both in whole points. A point is at least a minute where the time begins before the last hour,
     * because of that minutes are known.
     *
     * @param from before {@code to}
     * @param stepSeconds 0: by the length of the time
     */
    public static SeriesRange between(Instant from, Instant to, Instant now, int stepSeconds) {
        int least = Duration.between(from, now).toMinutes() > 60 ? SLOTS_PER_MINUTE : 1;
        int perPoint = Math.max(least, slots(stepSeconds > 0 ? stepSeconds : step(from, to)));
        long begin = slotOf(from) / perPoint * perPoint;
        long end = ((slotOf(to.minusNanos(1)) / perPoint) + 1) * perPoint;
        return new SeriesRange(end, (int) ((end - begin) / perPoint), perPoint);
    }

    private static int step(Instant from, Instant to) {
        long slots = Duration.between(from, to).toSeconds() / SeriesRings.SLOT_SECONDS;
        for (int step : STEPS) {
            if (slots / step <= POINTS_UNLESS_ASKED) {
                return step * SeriesRings.SLOT_SECONDS;
            }
        }
        return STEPS[STEPS.length - 1] * SeriesRings.SLOT_SECONDS;
    }

    private static int slots(int seconds) {
        return Math.max(1, (seconds + SeriesRings.SLOT_SECONDS - 1) / SeriesRings.SLOT_SECONDS);
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
        return at(begin(0));
    }

    Instant to() {
        return at(end);
    }

    private static Instant at(long slot) {
        return Instant.ofEpochSecond(slot * SeriesRings.SLOT_SECONDS);
    }

    public int stepSeconds() {
        return slotsPerPoint * SeriesRings.SLOT_SECONDS;
    }
}
