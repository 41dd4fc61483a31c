package io.aiwm.controller.metrics;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The points of one series, from slots in memory and minutes in the store. Of a minute that both have, the memory counts. The minute
 * in which a memory begins has two parts where another process had stored some of it: a controller that was killed in a minute and is
 * back in the same one has only its end in memory. Not thread-safe.
 */
final class PointSums {
    private static final int SLOTS_PER_MINUTE = 60 / SeriesRings.SLOT_SECONDS;

    private final SeriesRange range;
    private final long begin;
    private final double[] sums;
    private final int[] counts;
    private final double[] largest;
    /** By minute, the slot from which on it is known. */
    private final Map<Long, Long> knownFrom = new HashMap<>();

    PointSums(SeriesRange range) {
        this.range = range;
        this.begin = range.begin(0);
        this.sums = new double[range.points()];
        this.counts = new int[range.points()];
        this.largest = new double[range.points()];
    }

    /** Adds what a memory has. Before the minutes. @param first slot of the first value; one that is not known is null */
    void slots(long first, List<Float> values) {
        long begun = Long.MAX_VALUE;
        for (int i = 0; i < values.size(); i++) {
            long slot = first + i;
            if (values.get(i) != null && isWithin(slot)) {
                begun = Math.min(begun, slot);
                add(slot, values.get(i), values.get(i));
                knownFrom.merge(minute(slot), Math.max(begun, minute(slot) * SLOTS_PER_MINUTE), Math::min);
            }
        }
    }

    /**
     * Adds those minutes of an hour that are not known yet.
     *
     * @param first slot of the hour
     * @param memoryToo whether the memory of the process that stored them was added: it has all that they have
     */
    void minutes(long first, HourData.Minutes minutes, boolean memoryToo) {
        for (int i = 0; i < HourData.MINUTES; i++) {
            long slot = first + (long) i * SLOTS_PER_MINUTE;
            boolean within = isWithin(slot) || isWithin(slot + SLOTS_PER_MINUTE - 1);
            Long from = knownFrom.get(minute(slot));
            if (!within || Float.isNaN(minutes.mean[i]) || (memoryToo && from != null)) {
                continue;
            }
            knownFrom.put(minute(slot), slot);
            for (long each = slot; each < (from == null ? slot + SLOTS_PER_MINUTE : from); each++) {
                if (isWithin(each)) {
                    add(each, minutes.mean[i], minutes.largest[i]);
                }
            }
        }
    }

    private boolean isWithin(long slot) {
        return slot >= begin && slot < range.end();
    }

    private static long minute(long slot) {
        return slot / SLOTS_PER_MINUTE;
    }

    private void add(long slot, double mean, double most) {
        int point = (int) ((slot - begin) / range.slotsPerPoint());
        largest[point] = counts[point] == 0 ? most : Math.max(largest[point], most);
        sums[point] += mean;
        counts[point]++;
    }

    /** A value for each point; null where there is none. */
    List<Number> means() {
        var means = new ArrayList<Number>(counts.length);
        for (int i = 0; i < counts.length; i++) {
            means.add(counts[i] == 0 ? null : rounded(sums[i] / counts[i]));
        }
        return means;
    }

    /** The same with the largest of each point. */
    List<Number> largest() {
        var all = new ArrayList<Number>(counts.length);
        for (int i = 0; i < counts.length; i++) {
            all.add(counts[i] == 0 ? null : rounded(largest[i]));
        }
        return all;
    }

    private static Number rounded(double value) {
        double three = Math.round(value * 1_000) / 1_000.0;
        return Math.abs(value) >= 1_000 || three == Math.rint(three) ? (Number) Math.round(value) : (Number) three;
    }
}
