package io.aiwm.protocol;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import java.util.Map;

/**
 * Worker to controller, every {@link HeartbeatAck#nextHeartbeatMs}: I am here, and this is what I do.
 *
 * @param sequence grows by one with each heartbeat of a session
 * @param status IDLE or BUSY
 * @param leftMs of each of those how long its result is still wanted, by the worker's monotonic clock; null: an older version
 * @param cpuUsage busy share of all processors, 0 to 1
 */
@RecordBuilder
public record Heartbeat(
        String sessionId,
        long sequence,
        String status,
        List<String> activeCommands,
        Map<String, Long> leftMs,
        Double cpuUsage,
        Long memoryUsedBytes,
        List<GpuUse> gpus) {
    public static final String TYPE = "telemetry.heartbeat";

    public record GpuUse(int index, Double utilization, Long memoryUsedBytes) {}
}
