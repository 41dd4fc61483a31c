package io.aiwm.worker.hardware;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.SystemInfo;
import io.aiwm.worker.WorkerSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class HardwareSamplerTest {
    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void this_machine_is_seen_without_gpu_and_without_engine() throws Exception {
        var sampler = new HardwareSampler(
                vertx, WorkerSettings.gpu("/nowhere/nvidia-smi"), Path.of("."), HardwareSamplerTest::none);
        assertThat(sampler.last()).isNull();

        sampler.sample().await(20, TimeUnit.SECONDS);
        SystemInfo seen = sampler.sample().await(20, TimeUnit.SECONDS);

        assertThat(seen.os().name()).isNotBlank();
        assertThat(seen.cpu().cores()).isPositive();
        assertThat(seen.memory().totalBytes()).isGreaterThan(seen.memory().usedBytes());
        assertThat(seen.disks()).isNotEmpty();
        assertThat(seen.workDisk().totalBytes())
                .isEqualTo(Files.getFileStore(Path.of(".")).getTotalSpace());
        assertThat(seen.gpus()).isEmpty();
        assertThat(seen.containerEngine().reachable()).isFalse();
        assertThat(sampler.last()).isEqualTo(seen);
    }

    @Test
    void a_probe_that_fails_leaves_only_its_own_part_unseen() throws Exception {
        Probe broken = sample -> {
            throw new IllegalStateException("no such file");
        };
        var sampler = new HardwareSampler(
                vertx, Path.of("."), HardwareSamplerTest::none, () -> List.of(broken, new MockGpuProbe()));

        SystemInfo seen = sampler.sample().await(20, TimeUnit.SECONDS);

        assertThat(seen.gpus()).hasSize(2);
        assertThat(seen.cpu()).isNull();
    }

    @Test
    void work_writes_to_the_disk_that_holds_the_folder_most_closely() {
        var disks = List.of(
                new SystemInfo.Disk("/", "ext4", 100L, 1L),
                new SystemInfo.Disk("/var/lib", "ext4", 200L, 1L),
                new SystemInfo.Disk("/var/library", "ext4", 300L, 1L));
        var machine = new SystemInfo(null, null, null, disks, null, null, null);
        assertThat(machine.workDisk()).isNull();
        assertThat(machine.withWorkIn(Path.of("/var/lib/docker")).workDisk().totalBytes())
                .isEqualTo(200);
        assertThat(machine.withWorkIn(Path.of("/var/libs")).workDisk().totalBytes())
                .isEqualTo(100);
    }

    @Test
    void rates_are_bytes_per_second_and_unknown_when_a_counter_began_anew() {
        assertThat(NetworkProbe.rate(1_000, 3_000, 2_000_000_000L)).isEqualTo(1_000.0);
        assertThat(NetworkProbe.rate(3_000, 1_000, 2_000_000_000L)).isNull();
    }

    private static Future<SystemInfo.ContainerEngine> none() {
        return Future.succeededFuture(
                new SystemInfo.ContainerEngine("none", null, null, List.of(), false, "switched off"));
    }
}
