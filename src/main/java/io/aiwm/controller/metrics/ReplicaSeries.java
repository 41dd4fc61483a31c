package io.aiwm.controller.metrics;

import io.aiwm.protocol.Metrics.ContainerStats;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The last hour of one replica. Not thread-safe. */
final class ReplicaSeries implements HourMemory.Series {
    /** What the newest sample and the ring itself take, roughly. */
    private static final int OVERHEAD_BYTES = 1_024;

    private final SeriesRings<Measure> rings = new SeriesRings<>();
    private Instant at;
    private String nodeId;
    private ContainerStats stats;

    void add(String node, ContainerStats sample, Instant now) {
        long newest = rings.newest();
        long slot = Math.max(newest, SeriesRange.slotOf(now));
        // one that comes a little late stands for the time since the one before
        long first = newest >= 0 && slot - newest == 2 ? newest + 1 : slot;
        rings.advance(slot);
        double seconds = stats == null || !sample.containerId().equals(stats.containerId())
                ? 0
                : Duration.between(at, now).toMillis() / 1_000.0;
        rings.put(Measure.CPU, sample.cpuUsage(), first, slot);
        rings.put(Measure.MEMORY, sample.memoryUsedBytes(), first, slot);
        rings.put(Measure.GPU, sample.gpuUsage(), first, slot);
        rings.put(Measure.GPU_MEMORY, sample.gpuMemoryUsedBytes(), first, slot);
        rings.put(Measure.RESTARTS, sample.restarts(), first, slot);
        if (seconds > 0) {
            rings.put(
                    Measure.RECEIVED,
                    rate(stats.networkReceivedBytes(), sample.networkReceivedBytes(), seconds),
                    first,
                    slot);
            rings.put(Measure.SENT, rate(stats.networkSentBytes(), sample.networkSentBytes(), seconds), first, slot);
        }
        at = now;
        nodeId = node;
        stats = sample;
    }

    /** Null: one of them is not known, or counting began anew. */
    private static Double rate(Long before, Long after, double seconds) {
        return before == null || after == null || after < before ? null : (Double) ((after - before) / seconds);
    }

    @Override
    public int bytes() {
        return OVERHEAD_BYTES + rings.bytes();
    }

    @Override
    public boolean isOver(Instant now) {
        return rings.isOver(SeriesRange.slotOf(now));
    }

    @Override
    public long newest() {
        return rings.newest();
    }

    @Override
    public Map<String, float[]> copy(long from, long to) {
        return rings.copy(from, to, measure -> measure.wire);
    }

    /** As it is told. */
    ReplicaHistory history(int replica, SeriesRange range) {
        var series = new EnumMap<Measure, List<Number>>(Measure.class);
        rings.rings().forEach((measure, ring) -> {
            var points = new ArrayList<Number>(range.points());
            for (int i = 0; i < range.points(); i++) {
                // the ring has nothing that is newer, and is to show nothing that is older than an hour
                long from = Math.max(range.begin(i), rings.newest() - SeriesRings.SLOTS + 1);
                long to = Math.min(range.begin(i + 1), rings.newest() + 1);
                points.add(from < to ? measure.joined(ring, from, to) : null);
            }
            series.put(measure, points);
        });
        return new ReplicaHistory(replica, nodeId, at, stats, series);
    }
}
