package io.aiwm.protocol;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;

/**
 * Worker to controller. Every metrics interval: everything the probes see, containers included. In between, more often and
 * without {@code system}: what the containers of deployments use.
 *
 * @param system null: this is about the containers of deployments alone
 */
public record Metrics(String sessionId, SystemInfo system, List<ContainerStats> containers) {
    public static final String TYPE = "telemetry.metrics";

    /**
     * What a container uses. A field the engine does not give is null; those from {@code replica} on are null where the
     * worker is of a version before.
     *
     * @param cpuUsage cores in use, e.g. 1.5
     * @param networkReceivedBytes since it started
     * @param replica which replica of its deployment it is
     * @param restarts how often the engine has restarted it
     * @param gpus indices of the GPUs that it was given, or that its processes use; null or empty: none
     * @param gpuUsage how many of them are busy together, e.g. 1.5
     * @param gpuMemoryUsedBytes what its processes use; where that is not known, what is in use on the GPUs it was given, by
     *     others too
     * @param gpuProcessBytes what its processes use; null where that is not known, or the worker is of a version before
     */
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
            Long networkSentBytes,
            Integer replica,
            Integer restarts,
            List<Integer> gpus,
            Double gpuUsage,
            Long gpuMemoryUsedBytes,
            Long gpuProcessBytes) {}
}
