package io.aiwm.protocol;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;

/** Worker to controller, every metrics interval: everything the probes see, containers included. */
public record Metrics(String sessionId, SystemInfo system, List<ContainerStats> containers) {
    public static final String TYPE = "telemetry.metrics";

    /** @param cpuUsage cores in use, e.g. 1.5 */
    @RecordBuilder
    public record ContainerStats(
            String containerId,
            String name,
            String image,
            String state,
            String deploymentId,
            Double cpuUsage,
            Long memoryUsedBytes,
            Long memoryLimitBytes,
            Long networkReceivedBytes,
            Long networkSentBytes) {}
}
