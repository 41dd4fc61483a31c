package io.aiwm.worker.hardware;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.Metrics.ContainerStats;
import io.aiwm.protocol.MetricsContainerStatsBuilder;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.protocol.SystemInfoGpuBuilder;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ContainerSamplerTest {
    private static final long MIB = 1L << 20;
    private static final String A = "a".repeat(64);
    private static final String B = "b".repeat(64);

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        vertx.close();
    }

    /** What the driver says of processes, each of which the kernel shows in a container. */
    private GpuProcesses processes(String csv, String... containers) throws IOException {
        Path smi = folder.resolve("smi");
        Files.writeString(smi, "#!/bin/sh\ncat <<'E'\n" + csv + "E\n");
        Files.setPosixFilePermissions(smi, PosixFilePermissions.fromString("rwx------"));
        for (int i = 0; i < containers.length; i++) {
            Path process = Files.createDirectories(folder.resolve("proc/" + (100 + i)));
            Files.writeString(process.resolve("cgroup"), "0::/system.slice/docker-" + containers[i] + ".scope\n");
        }
        return new GpuProcesses(new NvidiaSmi(smi.toString(), Duration.ofSeconds(10)), folder.resolve("proc"));
    }

    private static ContainerStats stats(String id, List<Integer> gpus) {
        return MetricsContainerStatsBuilder.builder()
                .containerId(id)
                .deploymentId("dep_1")
                .gpus(gpus)
                .build();
    }

    private static SystemInfo machine() {
        return new SystemInfo(null, null, null, null, List.of(gpu(0, 0.5, 100), gpu(1, 0.25, 300)), null, null);
    }

    private static SystemInfo.Gpu gpu(int index, double busy, long mebibytes) {
        return SystemInfoGpuBuilder.builder()
                .index(index)
                .uuid("GPU-" + index)
                .utilization(busy)
                .memoryUsedBytes(mebibytes * MIB)
                .build();
    }

    private List<ContainerStats> sample(GpuProcesses processes, ContainerStats... stats) throws TimeoutException {
        return new ContainerSampler(
                        vertx,
                        replicasOnly -> Future.succeededFuture(List.of(stats)),
                        ContainerSamplerTest::machine,
                        processes)
                .sample(true)
                .await(10, TimeUnit.SECONDS);
    }

    @Test
    void the_memory_of_its_own_processes_counts_where_they_can_be_seen() throws Exception {
        var seen = sample(
                processes("100, GPU-1, 64\n101, GPU-1, 32\n102, GPU-0, [N/A]\n999, GPU-0, 8\nnonsense\n", A, A, B),
                stats(A, List.of(0, 1)),
                stats(B, null));
        assertThat(seen.get(0).gpus()).containsExactly(0, 1);
        assertThat(seen.get(0).gpuUsage()).isEqualTo(0.75);
        assertThat(seen.get(0).gpuMemoryUsedBytes()).isEqualTo(96 * MIB);
        assertThat(seen.get(0).gpuProcessBytes()).isEqualTo(96 * MIB);
        // nobody noted its GPUs: its process is on one, of which the driver does not say how much it uses
        assertThat(seen.get(1).gpus()).containsExactly(0);
        assertThat(seen.get(1).gpuMemoryUsedBytes()).isEqualTo(100 * MIB);
        assertThat(seen.get(1).gpuProcessBytes())
                .as("what others use there is not its own")
                .isNull();
    }

    @Test
    void where_no_process_can_be_seen_the_gpus_it_was_given_count() throws Exception {
        var seen = sample(processes("No running processes found\n"), stats(A, List.of(1)), stats(B, null));
        assertThat(seen.get(0).gpuUsage()).isEqualTo(0.25);
        assertThat(seen.get(0).gpuMemoryUsedBytes()).isEqualTo(300 * MIB);
        assertThat(seen.get(0).gpuProcessBytes())
                .as("what others use there is not its own")
                .isNull();
        assertThat(seen.get(1)).isEqualTo(stats(B, null));
    }
}
