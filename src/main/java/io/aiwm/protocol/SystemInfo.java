package io.aiwm.protocol;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.nio.file.Path;
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

    /** Says of the disk that holds this folder that work writes there. */
    public SystemInfo withWorkIn(Path folder) {
        Disk holds = null;
        for (Disk disk : disks == null ? List.<Disk>of() : disks) {
            boolean closer =
                    holds == null || disk.mount().length() > holds.mount().length();
            holds = folder.startsWith(disk.mount()) && closer ? disk : holds;
        }
        Disk one = holds;
        return one == null
                ? this
                : new SystemInfo(
                        os,
                        cpu,
                        memory,
                        disks.stream()
                                .map(disk -> disk == one ? disk.working() : disk)
                                .toList(),
                        gpus,
                        network,
                        containerEngine);
    }

    /** The disk that work writes to; null when none is known. */
    public Disk workDisk() {
        for (Disk disk : disks == null ? List.<Disk>of() : disks) {
            if (Boolean.TRUE.equals(disk.work())) {
                return disk;
            }
        }
        return null;
    }

    public record Os(String name, String version, String kernel, String architecture) {}

    /** @param cores logical processors the worker may use */
    public record Cpu(String model, Integer cores, Integer physicalCores, Double usage, List<Double> loadAverage) {}

    public record Memory(Long totalBytes, Long usedBytes, Long availableBytes, Long swapTotalBytes) {}

    /** @param work whether what work writes goes there; null: not said, taken for no */
    public record Disk(String mount, String type, Long totalBytes, Long usedBytes, Boolean work) {
        public Disk(String mount, String type, Long totalBytes, Long usedBytes) {
            this(mount, type, totalBytes, usedBytes, null);
        }

        Disk working() {
            return new Disk(mount, type, totalBytes, usedBytes, true);
        }
    }

    /**
     * One GPU as {@code nvidia-smi} shows it. A field the driver does not give is null.
     *
     * @param health ok, or what the driver says is wrong with it
     * @param utilization busy share, 0 to 1
     * @param temperature degrees Celsius
     * @param powerWatts drawn now; powerLimitWatts the cap
     * @param mig whether multi-instance mode is on; its slices follow
     */
    @RecordBuilder
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
            List<MigSlice> migSlices) {
        /** The health of a GPU with which nothing is wrong. */
        public static final String OK = "ok";
    }

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

    /**
     * @param reachable false when a socket is configured and nobody answers; error says why
     * @param root folder of the machine in which it keeps what containers write
     * @param images what AIWM has brought to it; null: not known
     */
    @RecordBuilder
    public record ContainerEngine(
            String name,
            String version,
            String apiVersion,
            List<String> runtimes,
            Boolean reachable,
            String error,
            String root,
            Images images) {
        public ContainerEngine(
                String name,
                String version,
                String apiVersion,
                List<String> runtimes,
                Boolean reachable,
                String error) {
            this(name, version, apiVersion, runtimes, reachable, error, null, null);
        }

        public ContainerEngine with(Images brought) {
            return SystemInfoContainerEngineBuilder.builder(this)
                    .images(brought)
                    .build();
        }
    }

    /**
     * What AIWM brought to a container engine and removed again.
     *
     * @param kept images that it pulled and that are there
     * @param bytes their sizes added up; layers that two of them share count twice
     * @param removed images that nothing used any more, since the worker started
     * @param removedVolumes volumes whose owner is gone, since the worker started
     */
    public record Images(Integer kept, Long bytes, Integer removed, Long removedBytes, Integer removedVolumes) {}
}
