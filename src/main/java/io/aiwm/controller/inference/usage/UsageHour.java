package io.aiwm.controller.inference.usage;

import static java.util.Objects.requireNonNull;

import io.aiwm.controller.store.ValidatedRecord;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What calls used in one hour, as stored in collection {@code usageHours}. Written by {@link UsageRecords} only.
 *
 * @param counted the last batch of each gateway that is in the counts: an earlier one, or the same again, adds nothing
 */
@RecordBuilder
record UsageHour(String id, long version, UsageKey key, UsageCounts counts, Map<String, Long> counted)
        implements ValidatedRecord {
    private static final int MOST_GATEWAYS = 1_000;

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(key, "key");
        requireNonNull(counts, "counts");
        requireNonNull(counted, "counted");
    }

    static UsageHour empty(String id, UsageKey key) {
        return new UsageHour(id, 1, key, UsageCounts.NONE, Map.of());
    }

    UsageHour withVersion(long next) {
        return UsageHourBuilder.builder(this).version(next).build();
    }

    /** Returns this when the batch is in it. */
    UsageHour plus(String gateway, long sequence, UsageCounts more) {
        Long last = counted.get(gateway);
        if (last != null && last >= sequence) {
            return this;
        }
        var next = new LinkedHashMap<>(counted);
        next.remove(gateway);
        if (next.size() >= MOST_GATEWAYS) {
            next.remove(next.keySet().iterator().next());
        }
        next.put(gateway, sequence);
        return UsageHourBuilder.builder(this)
                .counts(counts.plus(more))
                .counted(next)
                .build();
    }
}
