package io.aiwm.worker.hardware;

import io.aiwm.boot.Config;
import io.aiwm.protocol.Metrics.ContainerStats;
import io.aiwm.protocol.MetricsContainerStatsBuilder;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.worker.command.Containers;
import io.aiwm.worker.hardware.GpuProcesses.OnGpu;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** What containers use, their GPUs included. From any thread. */
public final class ContainerSampler {
    private final Vertx vertx;
    private final Function<Boolean, Future<List<ContainerStats>>> containers;
    private final Supplier<SystemInfo> machine;
    private final GpuProcesses processes;

    /** @param machine what the probes saw last; null: nothing yet */
    public ContainerSampler(Vertx vertx, Config.Gpu gpu, Containers containers, Supplier<SystemInfo> machine) {
        this(vertx, containers::stats, machine, gpu.mockMode() ? null : new GpuProcesses(gpu));
    }

    /**
     * @param containers as {@link Containers#stats}
     * @param processes null: the GPUs are not real
     */
    ContainerSampler(
            Vertx vertx,
            Function<Boolean, Future<List<ContainerStats>>> containers,
            Supplier<SystemInfo> machine,
            GpuProcesses processes) {
        this.vertx = vertx;
        this.containers = containers;
        this.machine = machine;
        this.processes = processes;
    }

    /** @param replicasOnly those of deployments alone */
    Future<List<ContainerStats>> sample(boolean replicasOnly) {
        return containers.apply(replicasOnly).compose(stats -> {
            SystemInfo seen = machine.get();
            if (stats.isEmpty()
                    || seen == null
                    || seen.gpus() == null
                    || seen.gpus().isEmpty()) {
                return Future.succeededFuture(stats);
            }
            Future<Map<String, List<OnGpu>>> used = processes == null
                    ? Future.succeededFuture(Map.of())
                    : vertx.executeBlocking(processes::byContainer, false);
            return used.map(by -> stats.stream()
                    .map(one -> withGpus(one, seen.gpus(), by.getOrDefault(one.containerId(), List.of())))
                    .toList());
        });
    }

    private static ContainerStats withGpus(ContainerStats stats, List<SystemInfo.Gpu> all, List<OnGpu> used) {
        boolean noted = stats.gpus() != null && !stats.gpus().isEmpty();
        List<SystemInfo.Gpu> gpus = all.stream()
                .filter(gpu -> noted
                        ? stats.gpus().contains(gpu.index())
                        : used.stream().anyMatch(one -> one.gpuUuid().equals(gpu.uuid())))
                .toList();
        if (gpus.isEmpty()) {
            return stats;
        }
        Long own = sum(used, OnGpu::memoryBytes);
        return MetricsContainerStatsBuilder.builder(stats)
                .gpus(gpus.stream().map(SystemInfo.Gpu::index).toList())
                .gpuUsage(
                        gpus.stream().allMatch(gpu -> gpu.utilization() == null)
                                ? null
                                : gpus.stream()
                                        .map(SystemInfo.Gpu::utilization)
                                        .filter(Objects::nonNull)
                                        .collect(Collectors.summingDouble(Double::doubleValue)))
                .gpuMemoryUsedBytes(own == null ? sum(gpus, SystemInfo.Gpu::memoryUsedBytes) : own)
                .gpuProcessBytes(own)
                .build();
    }

    /** Null where none of them is known. */
    private static <T> Long sum(List<T> all, Function<T, Long> value) {
        List<Long> known = all.stream().map(value).filter(Objects::nonNull).toList();
        return known.isEmpty()
                ? null
                : (Long) known.stream().mapToLong(Long::longValue).sum();
    }
}
