package io.aiwm.controller.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.execution.Requires.Gpus;
import io.aiwm.controller.model.estimate.EngineKind;
import java.util.List;
import org.junit.jupiter.api.Test;

class GpuSharesTest {
    private static final Gpus TWO = new Gpus(2, null, "H100");

    @Test
    void what_was_estimated_is_shared_by_the_fullest() {
        assertThat(GpuShares.of(TWO, EngineKind.llamacpp, List.of(3L, 5L))).isEqualTo(new Gpus(2, 5L, "H100"));
        assertThat(GpuShares.of(TWO, null, List.of(3L))).isEqualTo(new Gpus(2, 3L, "H100"));
    }

    @Test
    void an_engine_that_takes_whole_gpus_gets_them_whatever_was_estimated() {
        assertThat(GpuShares.of(TWO, EngineKind.vllm, List.of(3L, 5L))).isEqualTo(TWO);
        assertThat(GpuShares.of(TWO, EngineKind.tgi, List.of(3L, 5L))).isEqualTo(TWO);
    }

    @Test
    void what_was_asked_for_or_is_not_known_stays() {
        var some = new Gpus(1, 7L, null);
        assertThat(GpuShares.of(some, EngineKind.llamacpp, List.of(3L))).isEqualTo(some);
        assertThat(GpuShares.of(TWO, EngineKind.llamacpp, List.of())).isEqualTo(TWO);
        assertThat(GpuShares.of(null, EngineKind.llamacpp, List.of(3L))).isNull();
    }
}
