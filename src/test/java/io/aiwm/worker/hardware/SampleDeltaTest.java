package io.aiwm.worker.hardware;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.SystemInfo;
import io.aiwm.protocol.SystemInfoGpuBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;

class SampleDeltaTest {
    private final SystemInfo before = sample(0.50, 500, 500, 0.50, "ok", true);

    @Test
    void the_first_sample_is_news() {
        assertThat(SampleDelta.between(null, before)).isTrue();
    }

    @Test
    void up_to_five_percent_is_no_news() {
        assertThat(SampleDelta.between(before, sample(0.54, 549, 460, 0.46, "ok", true)))
                .isFalse();
    }

    @Test
    void more_than_five_percent_of_anything_is_news() {
        assertThat(SampleDelta.between(before, sample(0.56, 500, 500, 0.50, "ok", true)))
                .isTrue();
        assertThat(SampleDelta.between(before, sample(0.50, 551, 500, 0.50, "ok", true)))
                .isTrue();
        assertThat(SampleDelta.between(before, sample(0.50, 500, 440, 0.50, "ok", true)))
                .isTrue();
        assertThat(SampleDelta.between(before, sample(0.50, 500, 500, 0.60, "ok", true)))
                .isTrue();
    }

    @Test
    void trouble_is_news() {
        assertThat(SampleDelta.between(before, sample(0.50, 500, 500, 0.50, "lost", true)))
                .isTrue();
        assertThat(SampleDelta.between(before, sample(0.50, 500, 500, 0.50, "ok", false)))
                .isTrue();
        assertThat(SampleDelta.between(before, new SystemInfo(null, null, null, null, null, null, null)))
                .isTrue();
    }

    private static SystemInfo sample(
            double cpu, long memory, long disk, double gpu, String health, boolean engineReachable) {
        return new SystemInfo(
                null,
                new SystemInfo.Cpu("cpu", 2, 2, cpu, List.of()),
                new SystemInfo.Memory(1_000L, memory, 1_000 - memory, 0L),
                List.of(new SystemInfo.Disk("/", "ext4", 1_000L, disk)),
                List.of(SystemInfoGpuBuilder.builder()
                        .index(0)
                        .uuid("GPU-a")
                        .model("A30")
                        .health(health)
                        .memoryTotalBytes(1_000L)
                        .memoryUsedBytes(10L)
                        .utilization(gpu)
                        .temperature(30)
                        .powerWatts(40.0)
                        .powerLimitWatts(165.0)
                        .driverVersion("550")
                        .cudaVersion("12.4")
                        .mig(false)
                        .migSlices(List.of())
                        .build()),
                List.of(),
                new SystemInfo.ContainerEngine("docker", "20", "1.41", List.of(), engineReachable, null));
    }
}
