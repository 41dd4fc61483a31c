package io.aiwm.worker.hardware;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.protocol.SystemInfoGpuBuilder;
import io.aiwm.testing.LogLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each script prints what a real {@code nvidia-smi} prints in that situation. */
@Timeout(30)
class GpuProbeTest {
    private static final long MIB = 1L << 20;
    private static final String DETAILS = """

            ==============NVSMI LOG==============

            Timestamp                                 : Tue Mar  5 10:11:12 2024
            Driver Version                            : 550.54.15
            CUDA Version                              : 12.4

            Attached GPUs                             : 2
            """;

    @TempDir
    Path folder;

    @Test
    void a_machine_without_the_program_is_no_trouble_and_one_whose_program_fails_is() throws IOException {
        try (var log = new LogLines(GpuProbe.class)) {
            look(folder.resolve("nvidia-smi-of-nobody"));
            look(new GpuProbe(new Config.Gpu("no-such-nvidia-smi", false, Duration.ofSeconds(10))));
            assertThat(log.shown()).isEmpty();
            Path failing = folder.resolve("failing");
            Files.writeString(failing, "#!/bin/sh\necho the driver is not loaded\nexit 9\n");
            Files.setPosixFilePermissions(failing, PosixFilePermissions.fromString("rwx------"));
            look(failing);
            assertThat(log.shown())
                    .containsExactly("WARN no word from the GPUs: nvidia-smi exited with 9: the driver is not loaded");
        }
    }

    @Test
    void two_gpus() throws IOException {
        var gpus = look(script("""
                0, GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77, NVIDIA A100-SXM4-40GB, 40960, 1024, 37, 41, 58.21, 400.00, 550.54.15, Disabled, 0, No
                1, GPU-c6dc1234-d33d-2b2c-524d-9e3d8d2b8a78, NVIDIA A100-SXM4-40GB, 40960, 0, 0, 33, 52.02, 400.00, 550.54.15, Disabled, 0, No
                """, ""));

        assertThat(gpus).hasSize(2);
        assertThat(gpus.get(0))
                .isEqualTo(SystemInfoGpuBuilder.builder()
                        .index(0)
                        .uuid("GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77")
                        .model("NVIDIA A100-SXM4-40GB")
                        .health("ok")
                        .memoryTotalBytes(40960 * MIB)
                        .memoryUsedBytes(1024 * MIB)
                        .utilization(0.37)
                        .temperature(41)
                        .powerWatts(58.21)
                        .powerLimitWatts(400.0)
                        .driverVersion("550.54.15")
                        .cudaVersion("12.4")
                        .mig(false)
                        .migSlices(List.of())
                        .build());
        assertThat(gpus.get(1).index()).isEqualTo(1);
        assertThat(gpus.get(1).utilization()).isZero();
    }

    @Test
    void mig_slices_belong_to_their_gpu() throws IOException {
        var gpus = look(script("""
                0, GPU-aaaa, NVIDIA A100-SXM4-40GB, 40960, 12, [N/A], 30, 45.10, 400.00, 550.54.15, Enabled, 0, No
                1, GPU-bbbb, NVIDIA A30, 24576, 0, 0, 29, 30.00, 165.00, 550.54.15, Disabled, 0, No
                """, """
                GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-aaaa)
                  MIG 3g.20gb     Device  0: (UUID: MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f)
                  MIG 1g.5gb      Device  1: (UUID: MIG-GPU-aaaa/9/0)
                GPU 1: NVIDIA A30 (UUID: GPU-bbbb)
                """));

        assertThat(gpus.get(0).mig()).isTrue();
        assertThat(gpus.get(0).health()).isEqualTo("ok");
        assertThat(gpus.get(0).utilization()).isNull();
        assertThat(gpus.get(0).migSlices())
                .containsExactly(
                        new SystemInfo.MigSlice("3g.20gb", "MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f"),
                        new SystemInfo.MigSlice("1g.5gb", "MIG-GPU-aaaa/9/0"));
        assertThat(gpus.get(1).migSlices()).isEmpty();
    }

    @Test
    void a_dead_gpu_is_shown_with_what_the_driver_says_of_it_and_the_other_stays_well() throws IOException {
        var gpus = look(script("""
                0, GPU-aaaa, NVIDIA GeForce RTX 3090, 24576, [N/A], ERR!, ERR!, [Unknown Error], [N/A], 535.161.07, [N/A], [N/A], [N/A]
                1, [N/A], [N/A], [N/A], [N/A], [N/A], [N/A], [N/A], [N/A], [N/A], [N/A], [N/A], [N/A]
                2, GPU-cccc, NVIDIA GeForce RTX 3090, 24576, 300, 5, 44, [N/A], [Not Supported], 535.161.07, [N/A], [N/A], [N/A]
                3, GPU-dddd, NVIDIA H100, [GPU requires reset], [GPU requires reset], [GPU requires reset], 40, 70.0, 700.0, 535.161.07, Disabled, 0, No
                Unable to determine the device handle for GPU 0000:C1:00.0: GPU is lost.  Reboot the system to recover this GPU
                """, ""));

        assertThat(gpus).hasSize(4);
        assertThat(gpus.get(0).health()).isEqualTo("the driver reports ERR! for utilization.gpu");
        assertThat(gpus.get(0).memoryTotalBytes()).isEqualTo(24576 * MIB);
        assertThat(gpus.get(0).memoryUsedBytes()).isNull();
        assertThat(gpus.get(0).temperature()).isNull();
        assertThat(gpus.get(0).powerWatts()).isNull();
        assertThat(gpus.get(1).health()).startsWith("the driver says neither");
        assertThat(gpus.get(1).uuid()).isNull();
        assertThat(gpus.get(2).health()).isEqualTo("ok");
        assertThat(gpus.get(2).powerLimitWatts()).isNull();
        assertThat(gpus.get(3).health()).isEqualTo("the driver reports GPU requires reset for memory.total");
    }

    @Test
    void a_gpu_whose_memory_fails_says_so() throws IOException {
        Files.writeString(folder.resolve("rows"), """
                GPU-aaaa, 0, 0
                GPU-dddd, 1, 0
                GPU-eeee, Yes, Yes
                GPU-ffff, [N/A], [N/A]
                """);
        var gpus = look(script("""
                0, GPU-aaaa, NVIDIA H200, 143771, 0, 0, 30, 75.1, 700.00, 550.54.15, Disabled, 0, [N/A]
                1, GPU-bbbb, NVIDIA H200, 143771, 0, 0, 30, 75.1, 700.00, 550.54.15, Disabled, 3, [N/A]
                2, GPU-cccc, Tesla V100, 16384, 0, 0, 30, 75.1, 300.00, 550.54.15, [N/A], 0, Yes
                3, GPU-dddd, NVIDIA H200, 143771, 0, 0, 30, 75.1, 700.00, 550.54.15, Disabled, 0, [N/A]
                4, GPU-eeee, NVIDIA H200, 143771, 0, 0, 30, 75.1, 700.00, 550.54.15, Disabled, 0, [N/A]
                5, GPU-ffff, NVIDIA T4, 15360, 0, 0, 30, 75.1, 70.00, 550.54.15, [N/A], [N/A], [N/A]
                """, ""));

        assertThat(gpus)
                .extracting(SystemInfo.Gpu::health)
                .containsExactly(
                        "ok",
                        "3 uncorrected memory errors since the driver was loaded",
                        "retired memory pages are pending: it wants a reset",
                        "a remapped row of its memory is pending: it wants a reset",
                        "a row of its memory could not be remapped: it wants to be replaced",
                        "ok");
    }

    @Test
    void a_gpu_that_is_lost_is_ill_whichever_field_says_so() throws IOException {
        var gpus = look(script("""
                0, GPU-aaaa, NVIDIA H200, 143771, 0, 0, 30, 75.1, 700.00, 550.54.15, Disabled, [Unknown Error], No
                1, GPU-bbbb, NVIDIA H200, [GPU is lost], [GPU is lost], [GPU is lost], 30, 75.1, 700.00, 550.54.15, [GPU is lost], [GPU is lost], [GPU is lost]
                """, ""));

        assertThat(gpus.get(0).health())
                .isEqualTo("the driver reports Unknown Error for ecc.errors.uncorrected.volatile.total");
        assertThat(gpus.get(1).health()).isEqualTo("the driver reports GPU is lost for memory.total");
    }

    @Test
    void a_driver_that_does_not_know_a_field_is_asked_without_it() throws IOException {
        Path script = write(folder.resolve("nvidia-smi"), """
                case "$1" in
                  *retired_pages*) echo 'Field "retired_pages.pending" is not a valid field to query.'; exit 2 ;;
                  --query-gpu=*) echo '0, GPU-aaaa, NVIDIA A30, 24576, 5, 7, 29, 30.00, 165.00, 550.54.15, Disabled' ;;
                esac
                """);
        var gpus = look(script);
        assertThat(gpus).hasSize(1);
        assertThat(gpus.get(0).health()).isEqualTo("ok");
    }

    @Test
    void no_driver_means_no_gpus() throws IOException {
        assertThat(look(exiting(
                        9,
                        "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure"
                                + " that the latest NVIDIA driver is installed and running.")))
                .isEmpty();
        assertThat(look(exiting(6, "No devices were found"))).isEmpty();
        assertThat(look(exiting(0, "No devices were found"))).isEmpty();
    }

    @Test
    void no_command_means_no_gpus() {
        assertThat(look(new GpuProbe(gpu(folder.resolve("nowhere"), Duration.ofSeconds(5)))))
                .isEmpty();
    }

    @Test
    void a_command_that_hangs_is_killed_with_its_children_and_what_was_known_stays() throws IOException {
        Path pids = folder.resolve("pids");
        Path script = script("0, GPU-aaaa, NVIDIA A30, 24576, 5, 7, 29, 30.00, 165.00, 550.54.15, Disabled, 0, No", "");
        var probe = new GpuProbe(gpu(script, Duration.ofMillis(1_500)));
        assertThat(look(probe)).hasSize(1);

        write(script, "echo $$ > " + pids + "\nsleep 300 & echo $! >> " + pids + "\nwait");
        long before = System.nanoTime();
        var gpus = look(probe);

        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(10));
        assertThat(gpus.get(0).model()).isEqualTo("NVIDIA A30");
        assertThat(gpus.get(0).health()).contains("no answer");
        assertThat(gpus.get(0).utilization()).isNull();
        for (String pid : Files.readAllLines(pids)) {
            ProcessHandle.of(Long.parseLong(pid))
                    .ifPresent(handle -> handle.onExit().join());
        }

        // it is left alone for a while, so a hanging driver does not cost every sample its time
        before = System.nanoTime();
        assertThat(look(probe)).hasSize(1);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofMillis(500));
    }

    @Test
    void mock_gpus_are_plausible() {
        var gpus = look(new MockGpuProbe());

        assertThat(gpus).hasSize(2).allSatisfy(gpu -> {
            assertThat(gpu.health()).isEqualTo("ok");
            assertThat(gpu.memoryUsedBytes()).isBetween(1L, gpu.memoryTotalBytes());
            assertThat(gpu.utilization()).isBetween(0.0, 1.0);
        });
    }

    private List<SystemInfo.Gpu> look(Path script) {
        return look(new GpuProbe(gpu(script, Duration.ofSeconds(10))));
    }

    private static List<SystemInfo.Gpu> look(Probe probe) {
        var sample = new Sample();
        probe.look(sample);
        return sample.gpus;
    }

    private static Config.Gpu gpu(Path command, Duration timeout) {
        return new Config.Gpu(command.toString(), false, timeout);
    }

    private Path script(String query, String listing) throws IOException {
        Files.writeString(folder.resolve("query"), query);
        Files.writeString(folder.resolve("listing"), listing);
        Files.writeString(folder.resolve("details"), DETAILS);
        return write(folder.resolve("nvidia-smi"), """
                case "$1" in
                  --query-gpu=*) cat "$(dirname "$0")/query" ;;
                  --query-remapped-rows=*) cat "$(dirname "$0")/rows" 2>/dev/null || echo "no rows here" ;;
                  -L) cat "$(dirname "$0")/listing" ;;
                  -q) cat "$(dirname "$0")/details" ;;
                esac
                """);
    }

    private Path exiting(int code, String text) throws IOException {
        return write(folder.resolve("nvidia-smi"), "echo \"" + text + "\"\nexit " + code);
    }

    private static Path write(Path file, String body) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + body + "\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
