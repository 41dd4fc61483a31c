package io.aiwm.worker.hardware;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.protocol.SystemInfoGpuBuilder;
import io.aiwm.testing.RecordedSmi;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The probe reads what a real GPU's driver printed. */
@Timeout(30)
class RecordedGpuTest {
    private static final long MIB = 1L << 20;
    private static final String UUID = "GPU-01234567-89ab-cdef-0123-456789abcdef";

    @TempDir
    Path folder;

    @Test
    void an_idle_h100() throws IOException {
        assertThat(look("h100-580-idle"))
                .containsExactly(SystemInfoGpuBuilder.builder()
                        .index(0)
                        .uuid(UUID)
                        .model("NVIDIA H100 80GB HBM3")
                        .health("ok")
                        .memoryTotalBytes(81559 * MIB)
                        .memoryUsedBytes(0L)
                        .utilization(0.0)
                        .temperature(47)
                        .powerWatts(75.89)
                        .powerLimitWatts(700.0)
                        .driverVersion("580.159.04")
                        .cudaVersion("13.0")
                        .mig(false)
                        .migSlices(List.of())
                        .build());
    }

    @Test
    void a_busy_h100() throws IOException {
        var gpu = look("h100-580-busy", "h100-580-idle").get(0);
        assertThat(gpu.health()).isEqualTo("ok");
        assertThat(gpu.memoryUsedBytes()).isEqualTo(4979 * MIB);
        assertThat(gpu.utilization()).isEqualTo(1.0);
        assertThat(gpu.temperature()).isEqualTo(68);
        assertThat(gpu.powerWatts()).isEqualTo(697.23);
    }

    private List<SystemInfo.Gpu> look(String... states) throws IOException {
        var command = RecordedSmi.write(folder, states).toString();
        var sample = new Sample();
        new GpuProbe(new Config.Gpu(command, false, Duration.ofSeconds(10))).look(sample);
        return sample.gpus;
    }
}
