package io.aiwm.controller.metrics;

import io.aiwm.controller.node.MachineSamples;
import io.aiwm.protocol.Metrics.ContainerStats;
import io.aiwm.protocol.SystemInfo;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** The last hour of the nodes whose sessions this controller has, and of their GPUs. Safe from any thread. */
public final class NodeMetrics implements MachineSamples {
    /** A node with eight GPUs takes 57 KB. */
    private static final long LEAST_BYTES = 64L << 20;

    private static final int HEAP_SHARE = 8;

    final HourMemory<NodeSeries> memory;
    private final InstantSource clock;
    private final int mostGap;

    /** @param every how often nodes tell; a sample stands for the time since the one before it where that is at most twice as long */
    public NodeMetrics(InstantSource clock, Duration every) {
        this(clock, every, Math.max(LEAST_BYTES, Runtime.getRuntime().maxMemory() / HEAP_SHARE));
    }

    NodeMetrics(InstantSource clock, Duration every, long mostBytes) {
        this.clock = clock;
        this.memory = new HourMemory<>(clock, NodeSeries::new, mostBytes);
        this.mostGap = (int) Math.max(2, Math.min(SeriesRings.SLOTS, 2 * every.toSeconds() / SeriesRings.SLOT_SECONDS));
    }

    @Override
    public void sampled(String nodeId, SystemInfo system, List<ContainerStats> containers) {
        if (system != null) {
            memory.add(SeriesId.node(nodeId), series -> series.add(system, clock.instant(), mostGap));
        }
    }

    /** A sweep: forgets those of which nothing is within the last hour. */
    public Future<Void> run() {
        memory.prune();
        return Future.succeededFuture();
    }
}
