package io.aiwm.controller.inference.usage;

import io.aiwm.inference.usage.CallUsage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Calls that are added up before they are written. Not thread-safe. The same calls in the same order make the same sums. */
final class UsageSums {
    private static final int MOST_KEYS = 10_000;

    private final Map<UsageKey, UsageCounts> sums = new LinkedHashMap<>();

    static UsageSums of(List<CallUsage> calls) {
        var sums = new UsageSums();
        calls.forEach(sums::add);
        return sums;
    }

    void add(CallUsage call) {
        UsageKey key = UsageKey.of(call);
        boolean known = sums.containsKey(key) || sums.size() < MOST_KEYS;
        sums.merge(known ? key : key.coarse(), UsageCounts.of(call), UsageCounts::plus);
    }

    boolean isEmpty() {
        return sums.isEmpty();
    }

    List<Map.Entry<UsageKey, UsageCounts>> entries() {
        return List.copyOf(sums.entrySet());
    }
}
