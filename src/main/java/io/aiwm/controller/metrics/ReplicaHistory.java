package io.aiwm.controller.metrics;

import io.aiwm.protocol.Metrics.ContainerStats;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What one replica used.
 *
 * @param nodeId where it was at the newest sample
 * @param at when the newest sample came
 * @param stats the newest sample
 * @param series the points of each measure; null where there is no sample. What was never measured is left out
 */
public record ReplicaHistory(
        int replica, String nodeId, Instant at, ContainerStats stats, Map<Measure, List<Number>> series) {

    /** Joins what two controllers have: one had the node's session before, and the other has it now. */
    ReplicaHistory with(ReplicaHistory other) {
        ReplicaHistory newer = at.isBefore(other.at) ? other : this;
        ReplicaHistory older = newer == this ? other : this;
        var joined = new EnumMap<Measure, List<Number>>(Measure.class);
        joined.putAll(older.series);
        newer.series.forEach((measure, points) -> joined.merge(measure, points, ReplicaHistory::filled));
        return new ReplicaHistory(replica, newer.nodeId, newer.at, newer.stats, joined);
    }

    private static List<Number> filled(List<Number> older, List<Number> newer) {
        var points = new ArrayList<Number>(newer);
        for (int i = 0; i < Math.min(older.size(), newer.size()); i++) {
            if (points.get(i) == null) {
                points.set(i, older.get(i));
            }
        }
        return points;
    }
}
