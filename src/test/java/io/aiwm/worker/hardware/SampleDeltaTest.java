package io.aiwm.worker.hardware;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.SystemInfo;
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
                List.of(new SystemInfo.Gpu(
                        0, "GPU-a", "A30", health, 1_000L, 10L, gpu, 30, 40.0, 165.0, "550", "12.4", false, List.of())),
                List.of(),
                new SystemInfo.ContainerEngine("docker", "20", "1.41", List.of(), engineReachable, null));
    }
}
