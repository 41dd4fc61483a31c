package io.aiwm.inference.usage;

import java.util.HashMap;
import java.util.Map;

/**
 * Calls of some time, in points of equal length. What gateways have of the same time can be added up.
 *
 * @param of id of the replica; empty: calls that reached none
 * @param counts by {@link #CALLS} and so on; of each the points
 * @param sums of the times of {@link CallTimes}, in milliseconds; of each the points
 * @param counted how many are in the sums
 * @param buckets of those times, of all points together
 */
// made for one answer and never changed
@SuppressWarnings("ArrayRecordComponent")
public record CallHistory(
        String of, Map<String, Long> errors, long[][] counts, double[][] sums, long[][] counted, long[][] buckets) {
    public static final int CALLS = 0;
    public static final int FAILED = 1;
    public static final int PROMPT_TOKENS = 2;
    public static final int COMPLETION_TOKENS = 3;
    private static final int COUNTS = 4;

    static CallHistory empty(String of, int points) {
        return new CallHistory(
                of,
                new HashMap<>(),
                new long[COUNTS][points],
                new double[CallTimes.KINDS][points],
                new long[CallTimes.KINDS][points],
                new long[CallTimes.KINDS][CallTimes.BUCKETS]);
    }

    void add(CallSlot slot, int point) {
        counts[CALLS][point] += slot.calls;
        counts[FAILED][point] += slot.failed;
        counts[PROMPT_TOKENS][point] += slot.promptTokens;
        counts[COMPLETION_TOKENS][point] += slot.completionTokens;
        slot.errors.forEach((code, count) -> errors.merge(code, (long) count, Long::sum));
        for (int time = 0; time < CallTimes.KINDS; time++) {
            sums[time][point] += slot.sums[time];
            counted[time][point] += slot.counts[time];
            for (int i = 0; i < CallTimes.BUCKETS; i++) {
                buckets[time][i] += slot.buckets[time * CallTimes.BUCKETS + i];
            }
        }
    }

    /** The same time of both. */
    public CallHistory with(CallHistory other, String both) {
        CallHistory sum = empty(both, counts[CALLS].length);
        sum.add(this);
        sum.add(other);
        return sum;
    }

    private void add(CallHistory other) {
        other.errors.forEach((code, count) -> errors.merge(code, count, Long::sum));
        add(counts, other.counts);
        add(counted, other.counted);
        add(buckets, other.buckets);
        for (int i = 0; i < sums.length; i++) {
            for (int point = 0; point < sums[i].length; point++) {
                sums[i][point] += other.sums[i][point];
            }
        }
    }

    private static void add(long[][] to, long[][] from) {
        for (int i = 0; i < to.length; i++) {
            for (int point = 0; point < Math.min(to[i].length, from[i].length); point++) {
                to[i][point] += from[i][point];
            }
        }
    }

    public long total(int count) {
        long total = 0;
        for (long each : counts[count]) {
            total += each;
        }
        return total;
    }

    /** Of the calls that have it; null: none has. @param time index in {@link CallTimes#WIRE} */
    public Double mean(int time, int point) {
        return counted[time][point] == 0
                ? null
                : (Double) (Math.round(sums[time][point] / counted[time][point] * 100) / 100.0);
    }

    /** Null: no call has this time. */
    public Double quantile(int time, double share) {
        return CallTimes.quantile(buckets[time], share);
    }
}
