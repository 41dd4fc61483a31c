package io.aiwm.controller.model.estimate;

import static io.aiwm.controller.model.estimate.ModelShapes.GIB;
import static io.aiwm.controller.model.estimate.ModelShapes.MIB;
import static io.aiwm.controller.model.estimate.ModelShapes.assertSums;
import static io.aiwm.controller.model.estimate.ModelShapes.llama;
import static io.aiwm.controller.model.estimate.ModelShapes.llama8b;
import static io.aiwm.controller.model.estimate.ModelShapes.part;
import static io.aiwm.controller.model.estimate.ModelShapes.refused;
import static io.aiwm.controller.model.estimate.ModelShapes.request;
import static io.aiwm.controller.model.estimate.ModelShapes.sum;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.model.estimate.EstimateRequest.Gpus;
import io.aiwm.controller.model.format.ModelInfo;
import io.aiwm.controller.model.format.ModelInfoBuilder;
import java.util.Collections;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Estimates of engines and requests of every kind, by their own sums. */
class EngineEstimatesTest {
    @Test
    void layers_on_gpus_leave_the_host_and_are_shared_out() {
        MemoryEstimate one = Estimates.of(llama8b(), with(Gpus.of(1)));
        MemoryEstimate two = Estimates.of(llama8b(), with(Gpus.of(2)));
        assertThat(one.memoryBytes()).isLessThan(llama8b().embeddingBytes() + 200 * MIB);
        assertThat(one.gpuMemoryBytes()).hasSize(1);
        assertThat(two.gpuMemoryBytes())
                .hasSize(2)
                .allMatch(bytes -> bytes > one.gpuMemoryBytes().get(0) / 5 * 2);
        assertThat(sum(two.gpuMemoryBytes()))
                .isBetween(one.gpuMemoryBytes().get(0), one.gpuMemoryBytes().get(0) + 2 * GIB);
        assertSums(one);
        assertSums(two);
    }

    @Test
    void layers_that_are_not_moved_stay_on_the_host_with_their_cache() {
        MemoryEstimate half = Estimates.of(llama8b(), with(new Gpus(1, 16, null)));
        var cache = half.parts().stream()
                .filter(part -> part.name().equals("kvCache"))
                .findFirst()
                .orElseThrow();
        assertThat(cache.memoryBytes()).isEqualTo(GIB / 2);
        assertThat(cache.gpuMemoryBytes()).isEqualTo(GIB / 2);
        assertSums(half);
        MemoryEstimate none = Estimates.of(llama8b(), with(new Gpus(1, 0, null)));
        assertThat(none.gpuMemoryBytes().get(0)).isLessThan(GIB);
    }

    @Test
    void layers_with_a_window_and_recurrent_ones_keep_less() {
        var attention = new ModelInfo.Attention(32, 8, null, 128, 128, 1_024, 16);
        long windowed = part(
                Estimates.of(
                        llama(32, 4_096, 14_336, 32, 8, 128_256)
                                .attention(attention)
                                .build(),
                        request(8_192)),
                "kvCache");
        assertThat(windowed).isEqualTo(GIB / 2 + GIB / 2 * (1_024 + 512) / 8_192);
        var some = new ModelInfo.Attention(32, 8, Collections.nCopies(32, 0), 128, 128, null, null);
        var recurrent = llama(32, 4_096, 14_336, 32, 8, 128_256)
                .attention(some)
                .stateBytesPerSequence(MIB)
                .build();
        var request = EstimateRequestBuilder.builder().parallel(4).build();
        assertThat(part(Estimates.of(recurrent, request), "kvCache")).isZero();
        assertThat(part(Estimates.of(recurrent, request), "recurrentState")).isEqualTo(4 * MIB);
    }

    @Test
    void a_paged_server_splits_everything_and_asks_for_headroom() {
        var request = EstimateRequestBuilder.builder()
                .engine(EngineKind.vllm)
                .context(8_192)
                .parallel(16);
        MemoryEstimate one = Estimates.of(llama8b(), request.gpus(Gpus.of(1)).build());
        MemoryEstimate four = Estimates.of(llama8b(), request.gpus(Gpus.of(4)).build());
        assertThat(part(one, "kvCache")).isEqualTo(16 * GIB);
        assertThat(part(one, "weights")).isEqualTo(llama8b().weightBytes());
        assertThat(part(four, "kvCache")).isEqualTo(16 * GIB);
        assertThat(four.gpuMemoryBytes())
                .hasSize(4)
                .allMatch(bytes -> bytes < one.gpuMemoryBytes().get(0) / 2);
        assertThat((double) one.gpuMemoryBytes().get(0) * 0.9)
                .isCloseTo((double) (one.gpuMemoryBytes().get(0) - part(one, "headroom")), Offset.offset(2.0));
        assertSums(one);
        // heads of keys are not split further than there are
        MemoryEstimate sixteen =
                Estimates.of(llama8b(), request.gpus(Gpus.of(16)).build());
        assertThat(part(sixteen, "kvCache")).isEqualTo(32 * GIB);
    }

    @Test
    void every_engine_is_estimated_with_and_without_gpus() {
        for (EngineKind engine : EngineKind.values()) {
            for (int gpus = 0; gpus < 3; gpus++) {
                var request = EstimateRequestBuilder.builder()
                        .engine(engine)
                        .gpus(Gpus.of(gpus))
                        .build();
                MemoryEstimate estimate = Estimates.of(llama8b(), request);
                assertThat(estimate.totalBytes()).isGreaterThan(llama8b().weightBytes());
                assertThat(estimate.gpuMemoryBytes()).hasSize(gpus);
                assertSums(estimate);
                assertThat(Json.decode(Json.encode(estimate), MemoryEstimate.class))
                        .isEqualTo(estimate);
            }
        }
    }

    @Test
    void requests_that_cannot_be_are_refused() {
        refused("/context", request(0));
        refused("/parallel", EstimateRequestBuilder.builder().parallel(0).build());
        refused("/batch", EstimateRequestBuilder.builder().batch(-1).build());
        refused("/gpus/count", with(Gpus.of(-1)));
        refused("/gpus/layers", with(new Gpus(1, -1, null)));
        refused("/gpus/memoryUtilization", with(new Gpus(1, null, Double.NaN)));
        var absurd = llama(4_096, 1 << 24, 1 << 24, 1 << 16, 1 << 16, 1 << 24)
                .attention(new ModelInfo.Attention(1 << 16, 1 << 16, null, 1 << 16, 1 << 16, null, null))
                .build();
        var most = EstimateRequestBuilder.builder().context(1 << 30).parallel(65_536);
        for (EngineKind engine : EngineKind.values()) {
            assertThatThrownBy(() -> Estimates.of(absurd, most.engine(engine).build()))
                    .isInstanceOfSatisfying(
                            Failure.class, failure -> assertThat(failure.kind).isEqualTo(Failure.Kind.UNPROCESSABLE));
        }
        var silent = ModelInfoBuilder.builder()
                .format(ModelInfo.Format.gguf)
                .architecture("x")
                .build();
        assertThatThrownBy(() -> Estimates.of(silent, request(1)))
                .hasMessageStartingWith("/model: its files do not say");
    }

    private static EstimateRequest with(Gpus gpus) {
        return EstimateRequestBuilder.builder().context(8_192).gpus(gpus).build();
    }
}
