package io.aiwm.controller.node;

import io.aiwm.protocol.Heartbeat;
import io.aiwm.protocol.SystemInfo;
import java.util.HashMap;
import java.util.Map;

/**
 * What a machine says is in use now, whoever uses it.
 *
 * @param cpuUsage busy share of all processors, 0 to 1; null: not said
 * @param memoryUsedBytes null: not said
 * @param diskUsedBytes of the disk that work writes to; null: not said
 * @param gpuMemoryUsedBytes by GPU index; those not said are missing
 */
public record CurrentUsage(
        Double cpuUsage, Long memoryUsedBytes, Long diskUsedBytes, Map<Integer, Long> gpuMemoryUsedBytes) {

    public CurrentUsage(Double cpuUsage, Long memoryUsedBytes, Map<Integer, Long> gpuMemoryUsedBytes) {
        this(cpuUsage, memoryUsedBytes, null, gpuMemoryUsedBytes);
    }

    public CurrentUsage {
        gpuMemoryUsedBytes = gpuMemoryUsedBytes == null ? Map.of() : Map.copyOf(gpuMemoryUsedBytes);
    }

    /** The newer where it says something, this where it does not. */
    CurrentUsage with(CurrentUsage newer) {
        var gpus = new HashMap<>(gpuMemoryUsedBytes);
        gpus.putAll(newer.gpuMemoryUsedBytes);
        return new CurrentUsage(
                newer.cpuUsage == null ? cpuUsage : newer.cpuUsage,
                newer.memoryUsedBytes == null ? memoryUsedBytes : newer.memoryUsedBytes,
                newer.diskUsedBytes == null ? diskUsedBytes : newer.diskUsedBytes,
                gpus);
    }

    static CurrentUsage of(Heartbeat beat) {
        var gpus = new HashMap<Integer, Long>();
        if (beat.gpus() != null) {
            beat.gpus().stream()
                    .limit(WorkerLimits.MOST_GPUS)
                    .filter(gpu -> gpu != null
                            && gpu.memoryUsedBytes() != null
                            && gpu.index() >= 0
                            && gpu.index() <= WorkerLimits.LAST_GPU)
                    .forEach(gpu -> gpus.put(gpu.index(), gpu.memoryUsedBytes()));
        }
        return new CurrentUsage(beat.cpuUsage(), beat.memoryUsedBytes(), gpus);
    }

    static CurrentUsage of(SystemInfo system) {
        var gpus = new HashMap<Integer, Long>();
        if (system.gpus() != null) {
            system.gpus().forEach(gpu -> {
                if (gpu.index() != null && gpu.memoryUsedBytes() != null) {
                    gpus.put(gpu.index(), gpu.memoryUsedBytes());
                }
            });
        }
        return new CurrentUsage(
                system.cpu() == null ? null : system.cpu().usage(),
                system.memory() == null ? null : system.memory().usedBytes(),
                system.workDisk() == null ? null : system.workDisk().usedBytes(),
                gpus);
    }
}
