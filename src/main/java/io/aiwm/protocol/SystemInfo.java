package io.aiwm.protocol;

import java.util.List;

/**
 * What a machine is made of, as its probes found it. Sizes in bytes. Every part may be null: a worker that cannot see
 * something says nothing about it.
 */
public record SystemInfo(
        Os os,
        Cpu cpu,
        Memory memory,
        List<Disk> disks,
        List<Gpu> gpus,
        List<NetworkInterface> network,
        ContainerEngine containerEngine) {

    public SystemInfo with(ContainerEngine engine) {
        return new SystemInfo(os, cpu, memory, disks, gpus, network, engine);
    }

    public record Os(String name, String version, String kernel, String architecture) {}

    /** @param cores logical processors the worker may use */
    public record Cpu(String model, Integer cores, Integer physicalCores, Double usage, List<Double> loadAverage) {}

    public record Memory(Long totalBytes, Long usedBytes, Long availableBytes, Long swapTotalBytes) {}

    public record Disk(String mount, String type, Long totalBytes, Long usedBytes) {}

    /**
     * One GPU as {@code nvidia-smi} shows it. A field the driver does not give is null.
     *
     * @param health ok, or what the driver says is wrong with it
     * @param utilization busy share, 0 to 1
     * @param temperature degrees Celsius
     * @param powerWatts drawn now; powerLimitWatts the cap
     * @param mig whether multi-instance mode is on; its slices follow
     */
    public record Gpu(
            Integer index,
            String uuid,
            String model,
            String health,
            Long memoryTotalBytes,
            Long memoryUsedBytes,
            Double utilization,
            Integer temperature,
            Double powerWatts,
            Double powerLimitWatts,
            String driverVersion,
            String cudaVersion,
            Boolean mig,
            List<MigSlice> migSlices) {}

    public record MigSlice(String profile, String uuid) {}

    /** Rates in bytes per second since the sample before; null in the first. */
    public record NetworkInterface(
            String name,
            String mac,
            List<String> addresses,
            Long bytesReceived,
            Long bytesSent,
            Double receiveRate,
            Double sendRate) {}

    /** @param reachable false when a socket is configured and nobody answers; error says why */
    public record ContainerEngine(
            String name, String version, String apiVersion, List<String> runtimes, Boolean reachable, String error) {}
}
