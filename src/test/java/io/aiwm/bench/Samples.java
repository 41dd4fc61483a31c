package io.aiwm.bench;

import java.util.Arrays;

/** Times that were measured. Not thread-safe. */
final class Samples {
    private long[] nanos = new long[1_024];
    private int size;

    void add(long one) {
        if (size == nanos.length) {
            nanos = Arrays.copyOf(nanos, 2 * size);
        }
        nanos[size++] = one;
    }

    /** In milliseconds; 0 where nothing was measured. @param part such as 0.5 */
    double quantile(double part) {
        long[] sorted = Arrays.copyOf(nanos, size);
        Arrays.sort(sorted);
        return size == 0 ? 0 : Rig.round(sorted[Math.max(0, (int) Math.ceil(size * part) - 1)] / 1e6);
    }
}
