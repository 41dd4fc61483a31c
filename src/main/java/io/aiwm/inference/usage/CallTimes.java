package io.aiwm.inference.usage;

import java.util.List;

/**
 * The times of calls that are counted, by their index in {@link #WIRE}, and the buckets in which they are counted. Three buckets
 * double, so that what is read of them is within an eighth of what was.
 */
public final class CallTimes {
    static final int FIRST_TOKEN = 0;
    static final int PER_TOKEN = 1;
    static final int QUEUE = 2;
    static final int DURATION = 3;
    /** As answers name them. */
    public static final List<String> WIRE =
            List.of("timeToFirstTokenMs", "timePerOutputTokenMs", "queueMs", "durationMs");

    static final int KINDS = 4;
    static final int BUCKETS = 80;
    /** The first bucket ends here. */
    private static final double SMALLEST_MILLIS = 0.1;

    private static final double PER_DOUBLING = 3;
    private static final double LOG_2 = Math.log(2);

    private CallTimes() {}

    static int bucket(double millis) {
        if (millis <= SMALLEST_MILLIS) {
            return 0;
        }
        return Math.min(BUCKETS - 1, 1 + (int) (Math.log(millis / SMALLEST_MILLIS) / LOG_2 * PER_DOUBLING));
    }

    private static double end(int bucket) {
        return bucket < 0 ? 0 : SMALLEST_MILLIS * Math.pow(2, bucket / PER_DOUBLING);
    }

    /** Below which this share of them is, in milliseconds. Null: there are none. */
    static Double quantile(long[] buckets, double share) {
        long all = 0;
        for (long each : buckets) {
            all += each;
        }
        double left = Math.max(1, share * all);
        for (int i = 0; i < buckets.length; i++) {
            if (buckets[i] > 0 && left <= buckets[i]) {
                double found = end(i - 1) + (end(i) - end(i - 1)) * left / buckets[i];
                return Math.round(found * 100) / 100.0;
            }
            left -= buckets[i];
        }
        return null;
    }
}
