package io.aiwm.controller.metrics;

import io.aiwm.protocol.Metrics.ContainerStats;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The last hour of one replica: a ring of one number a measure and 10 s. Numbers have seven digits. What was never measured,
 * such as GPUs of a replica that has none, takes no room. Not thread-safe.
 */
final class ReplicaSeries {
    static final int SLOT_SECONDS = 10;
    /** An hour. */
    static final int SLOTS = 360;
    /** What the newest sample and the ring itself take, roughly. */
    private static final int OVERHEAD_BYTES = 1_024;

    private static final int RING_BYTES = SLOTS * Float.BYTES + 16;

    private final Map<Measure, float[]> rings = new EnumMap<>(Measure.class);
    private long newest = -1;
    private Instant at;
    private String nodeId;
    private ContainerStats stats;

    static long slotOf(Instant time) {
        return time.getEpochSecond() / SLOT_SECONDS;
    }

    void add(String node, ContainerStats sample, Instant now) {
        long slot = Math.max(newest, slotOf(now));
        // one that comes a little late stands for the time since the one before
        long first = newest >= 0 && slot - newest == 2 ? newest + 1 : slot;
        clear(newest < 0 ? slot : newest + 1, slot);
        double seconds = stats == null || !sample.containerId().equals(stats.containerId())
                ? 0
                : Duration.between(at, now).toMillis() / 1_000.0;
        put(Measure.CPU, sample.cpuUsage(), first, slot);
        put(Measure.MEMORY, sample.memoryUsedBytes(), first, slot);
        put(Measure.GPU, sample.gpuUsage(), first, slot);
        put(Measure.GPU_MEMORY, sample.gpuMemoryUsedBytes(), first, slot);
        put(Measure.RESTARTS, sample.restarts(), first, slot);
        if (seconds > 0) {
            put(
                    Measure.RECEIVED,
                    rate(stats.networkReceivedBytes(), sample.networkReceivedBytes(), seconds),
                    first,
                    slot);
            put(Measure.SENT, rate(stats.networkSentBytes(), sample.networkSentBytes(), seconds), first, slot);
        }
        newest = slot;
        at = now;
        nodeId = node;
        stats = sample;
    }

    /** Null: one of them is not known, or counting began anew. */
    private static Double rate(Long before, Long after, double seconds) {
        return before == null || after == null || after < before ? null : (Double) ((after - before) / seconds);
    }

    private void clear(long from, long to) {
        long begin = Math.max(from, to - SLOTS + 1);
        for (float[] ring : rings.values()) {
            for (long slot = begin; slot <= to; slot++) {
                ring[(int) (slot % SLOTS)] = Float.NaN;
            }
        }
    }

    private void put(Measure measure, Number value, long from, long to) {
        if (value == null) {
            return;
        }
        float[] ring = rings.computeIfAbsent(measure, first -> {
            var empty = new float[SLOTS];
            Arrays.fill(empty, Float.NaN);
            return empty;
        });
        for (long slot = from; slot <= to; slot++) {
            ring[(int) (slot % SLOTS)] = value.floatValue();
        }
    }

    int bytes() {
        return OVERHEAD_BYTES + rings.size() * RING_BYTES;
    }

    /** Whether nothing of it is within the last hour. */
    boolean isOver(Instant now) {
        return slotOf(now) - newest >= SLOTS;
    }

    /** As it is told. */
    ReplicaHistory history(int replica, SeriesRange range) {
        var series = new EnumMap<Measure, List<Number>>(Measure.class);
        rings.forEach((measure, ring) -> {
            var points = new ArrayList<Number>(range.points());
            for (int i = 0; i < range.points(); i++) {
                // the ring has nothing that is newer, and nothing that is older than an hour
                long from = Math.max(range.begin(i), newest - SLOTS + 1);
                long to = Math.min(range.begin(i + 1), newest + 1);
                points.add(from < to ? measure.joined(ring, from, to) : null);
            }
            series.put(measure, points);
        });
        return new ReplicaHistory(replica, nodeId, at, stats, series);
    }
}
