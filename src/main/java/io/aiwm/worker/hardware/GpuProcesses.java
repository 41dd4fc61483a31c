package io.aiwm.worker.hardware;

import io.aiwm.boot.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which containers have processes on GPUs, and how much of their memory those use: the driver names the processes, and the
 * control group of a process names its container. A worker that cannot see the processes of its machine sees none.
 */
final class GpuProcesses {
    /** A driver in trouble is not asked at every sample. */
    private static final Duration RETRY = Duration.ofSeconds(60);

    private static final Pattern CONTAINER = Pattern.compile("[0-9a-f]{64}");

    /** @param memoryBytes null: the driver does not say */
    record OnGpu(String gpuUuid, Long memoryBytes) {}

    private final NvidiaSmi smi;
    private final Path processes;
    private volatile long askAgainAt = System.nanoTime();

    GpuProcesses(Config.Gpu config) {
        this(new NvidiaSmi(config.nvidiaSmiPath(), config.timeout()), Path.of("/proc"));
    }

    /** @param processes where the kernel shows its processes */
    GpuProcesses(NvidiaSmi smi, Path processes) {
        this.smi = smi;
        this.processes = processes;
    }

    /** By container id. Blocks; never fails: what cannot be seen is left out. */
    Map<String, List<OnGpu>> byContainer() {
        if (System.nanoTime() - askAgainAt < 0) {
            return Map.of();
        }
        try {
            var answer = smi.ask("--query-compute-apps=pid,gpu_uuid,used_gpu_memory", "--format=csv,noheader,nounits");
            return read(answer.text());
        } catch (IOException cause) {
            askAgainAt = System.nanoTime() + RETRY.toNanos();
            return Map.of();
        }
    }

    private Map<String, List<OnGpu>> read(String csv) {
        var found = new HashMap<String, List<OnGpu>>();
        for (String line : csv.lines().toList()) {
            String[] cells = line.split(",", -1);
            if (cells.length == 3 && cells[0].strip().matches("\\d{1,9}")) {
                String container = containerOf(cells[0].strip());
                if (container != null) {
                    Double mebibytes = GpuTable.number(cells[2]);
                    found.computeIfAbsent(container, first -> new ArrayList<>())
                            .add(new OnGpu(
                                    cells[1].strip(),
                                    mebibytes == null ? null : (Long) Math.round(mebibytes * (1L << 20))));
                }
            }
        }
        return found;
    }

    /** Null: it has ended, or is in none. */
    private String containerOf(String pid) {
        try {
            Matcher id =
                    CONTAINER.matcher(Files.readString(processes.resolve(pid).resolve("cgroup")));
            return id.find() ? id.group() : null;
        } catch (IOException gone) {
            return null;
        }
    }
}
