package io.aiwm.inference.usage;

import java.util.HashMap;
import java.util.Map;

/** The calls of ten seconds. Guarded by its owner. */
final class CallSlot {
    /** What one takes, roughly. */
    static final int BYTES = 1_536;

    private static final int MOST_CODES = 16;

    final long number;
    int calls;
    int failed;
    long promptTokens;
    long completionTokens;
    final int[] buckets = new int[CallTimes.KINDS * CallTimes.BUCKETS];
    final double[] sums = new double[CallTimes.KINDS];
    final int[] counts = new int[CallTimes.KINDS];
    Map<String, Integer> errors = Map.of();

    CallSlot(long number) {
        this.number = number;
    }

    void add(CallUsage call) {
        calls++;
        promptTokens += call.promptTokens();
        completionTokens += call.completionTokens();
        add(CallTimes.QUEUE, (double) call.queueMillis());
        add(CallTimes.DURATION, (double) call.durationMillis());
        if (call.streamed() && call.firstTokenMillis() >= 0) {
            add(CallTimes.FIRST_TOKEN, (double) call.firstTokenMillis());
            if (call.completionTokens() > 1) {
                double rest = (double) (call.durationMillis() - call.firstTokenMillis());
                add(CallTimes.PER_TOKEN, rest / (call.completionTokens() - 1));
            }
        }
        if (call.errorCode() != null) {
            failed++;
            errors = errors.isEmpty() ? new HashMap<>(4) : errors;
            boolean known = errors.size() < MOST_CODES || errors.containsKey(call.errorCode());
            errors.merge(known ? call.errorCode() : "other", 1, Integer::sum);
        }
    }

    private void add(int time, double millis) {
        buckets[time * CallTimes.BUCKETS + CallTimes.bucket(millis)]++;
        sums[time] += millis;
        counts[time]++;
    }
}
