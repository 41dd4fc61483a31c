package io.aiwm.controller.node;

import io.aiwm.common.SingleLineText;
import io.aiwm.protocol.Metrics.ContainerStats;
import io.aiwm.protocol.MetricsContainerStatsBuilder;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.protocol.SystemInfoContainerEngineBuilder;
import io.aiwm.protocol.SystemInfoGpuBuilder;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * What only describes a machine, made fit to be stored and shown: no driver's odd text keeps a node out. Texts end after
 * {@value Said#MOST_CHARS} characters and are one line, numbers that cannot be are not known. Expects what {@link WorkerLimits} let
 * pass.
 */
final class HardwareTexts {
    private static final int MOST_LOADS = 3;
    private static final int MOST_ADDRESSES = 64;
    private static final int MOST_CONTAINERS = 1_024;

    private HardwareTexts() {}

    static SystemInfo of(SystemInfo said) {
        var os = said.os();
        var memory = said.memory();
        return new SystemInfo(
                os == null
                        ? null
                        : new SystemInfo.Os(
                                text(os.name()), text(os.version()), text(os.kernel()), text(os.architecture())),
                cpu(said.cpu()),
                memory == null
                        ? null
                        : new SystemInfo.Memory(
                                size(memory.totalBytes()),
                                size(memory.usedBytes()),
                                size(memory.availableBytes()),
                                size(memory.swapTotalBytes())),
                each(
                        said.disks(),
                        disk -> new SystemInfo.Disk(
                                text(disk.mount()),
                                text(disk.type()),
                                size(disk.totalBytes()),
                                size(disk.usedBytes()),
                                disk.work())),
                each(said.gpus(), HardwareTexts::gpu),
                each(said.network(), HardwareTexts::network),
                engine(said.containerEngine()));
    }

    /** Null: not said. What is over {@value #MOST_CONTAINERS} is left out. */
    static List<ContainerStats> containers(List<ContainerStats> said) {
        return said == null
                ? null
                : said.stream()
                        .filter(Objects::nonNull)
                        .limit(MOST_CONTAINERS)
                        .map(one -> MetricsContainerStatsBuilder.builder()
                                .containerId(text(one.containerId()))
                                .name(text(one.name()))
                                .image(
                                        one.image() == null
                                                ? null
                                                : SingleLineText.of(one.image(), 2 * WorkerLimits.MOST_CHARS))
                                .state(text(one.state()))
                                .deploymentId(text(one.deploymentId()))
                                .cpuUsage(number(one.cpuUsage()))
                                .memoryUsedBytes(size(one.memoryUsedBytes()))
                                .memoryLimitBytes(size(one.memoryLimitBytes()))
                                .networkReceivedBytes(size(one.networkReceivedBytes()))
                                .networkSentBytes(size(one.networkSentBytes()))
                                .replica(count(one.replica()))
                                .restarts(count(one.restarts()))
                                .gpus(each(one.gpus(), HardwareTexts::count))
                                .gpuUsage(number(one.gpuUsage()))
                                .gpuMemoryUsedBytes(size(one.gpuMemoryUsedBytes()))
                                .gpuProcessBytes(size(one.gpuProcessBytes()))
                                .build())
                        .toList();
    }

    private static SystemInfo.Cpu cpu(SystemInfo.Cpu said) {
        return said == null
                ? null
                : new SystemInfo.Cpu(
                        text(said.model()),
                        count(said.cores()),
                        count(said.physicalCores()),
                        number(said.usage()),
                        said.loadAverage() == null
                                ? null
                                : said.loadAverage().stream()
                                        .map(HardwareTexts::number)
                                        .filter(Objects::nonNull)
                                        .limit(MOST_LOADS)
                                        .toList());
    }

    private static SystemInfo.Gpu gpu(SystemInfo.Gpu said) {
        return SystemInfoGpuBuilder.builder()
                .index(said.index())
                .uuid(said.uuid())
                .model(text(said.model()))
                .health(text(said.health()))
                .memoryTotalBytes(size(said.memoryTotalBytes()))
                .memoryUsedBytes(size(said.memoryUsedBytes()))
                .utilization(number(said.utilization()))
                .temperature(said.temperature())
                .powerWatts(number(said.powerWatts()))
                .powerLimitWatts(number(said.powerLimitWatts()))
                .driverVersion(text(said.driverVersion()))
                .cudaVersion(text(said.cudaVersion()))
                .mig(said.mig())
                .migSlices(
                        each(said.migSlices(), slice -> new SystemInfo.MigSlice(text(slice.profile()), slice.uuid())))
                .build();
    }

    private static SystemInfo.NetworkInterface network(SystemInfo.NetworkInterface said) {
        return new SystemInfo.NetworkInterface(
                text(said.name()),
                text(said.mac()),
                said.addresses() == null
                        ? null
                        : said.addresses().stream()
                                .filter(Objects::nonNull)
                                .limit(MOST_ADDRESSES)
                                .map(HardwareTexts::text)
                                .toList(),
                size(said.bytesReceived()),
                size(said.bytesSent()),
                number(said.receiveRate()),
                number(said.sendRate()));
    }

    private static SystemInfo.ContainerEngine engine(SystemInfo.ContainerEngine said) {
        return said == null
                ? null
                : SystemInfoContainerEngineBuilder.builder()
                        .name(said.name())
                        .version(text(said.version()))
                        .apiVersion(text(said.apiVersion()))
                        .runtimes(said.runtimes())
                        .reachable(said.reachable())
                        .error(text(said.error()))
                        .root(text(said.root()))
                        .images(said.images())
                        .build();
    }

    private static <T> List<T> each(List<T> said, UnaryOperator<T> described) {
        return said == null ? null : said.stream().map(described).toList();
    }

    private static String text(String said) {
        return said == null ? null : SingleLineText.of(said, WorkerLimits.MOST_CHARS);
    }

    private static Long size(Long said) {
        return said == null || said < 0 ? null : said;
    }

    private static Integer count(Integer said) {
        return said == null || said < 0 ? null : said;
    }

    private static Double number(Double said) {
        return said == null || !Double.isFinite(said) || said < 0 ? null : said;
    }
}
