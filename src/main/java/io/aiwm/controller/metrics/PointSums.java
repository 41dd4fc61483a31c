package io.aiwm.controller.metrics;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * The points of one series, from slots in memory and minutes in the store. Of a minute that both have, the memory counts. Not
 * thread-safe.
 */
final class PointSums {
    private static final int SLOTS_PER_MINUTE = 60 / Rings.SLOT_SECONDS;

    private final SeriesRange range;
    private final long begin;
    private final double[] sums;
    private final int[] counts;
    private final double[] largest;
    /** By minute, from that of {@link #begin} on. */
    private final BitSet known = new BitSet();

    PointSums(SeriesRange range) {
        this.range = range;
        this.begin = range.begin(0);
        this.sums = new double[range.points()];
        this.counts = new int[range.points()];
        this.largest = new double[range.points()];
    }

    /** Adds what memories have. Before the minutes. @param first slot of the first value; one that is not known is null */
    void slots(long first, List<Float> values) {
        for (int i = 0; i < values.size(); i++) {
            if (values.get(i) != null && isWithin(first + i)) {
                add(first + i, values.get(i), values.get(i));
                known.set(minute(first + i));
            }
        }
    }

    /** Adds those minutes of an hour that are not known yet. @param first slot of the hour */
    void minutes(long first, HourData.Minutes minutes) {
        for (int i = 0; i < HourData.MINUTES; i++) {
            long slot = first + (long) i * SLOTS_PER_MINUTE;
            boolean within = isWithin(slot) || isWithin(slot + SLOTS_PER_MINUTE - 1);
            if (!within || Float.isNaN(minutes.mean[i]) || known.get(minute(slot))) {
                continue;
            }
            known.set(minute(slot));
            for (long each = slot; each < slot + SLOTS_PER_MINUTE; each++) {
                if (isWithin(each)) {
                    add(each, minutes.mean[i], minutes.largest[i]);
                }
            }
        }
    }

    private boolean isWithin(long slot) {
        return slot >= begin && slot < range.end();
    }

    private int minute(long slot) {
        return (int) (slot / SLOTS_PER_MINUTE - begin / SLOTS_PER_MINUTE);
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
