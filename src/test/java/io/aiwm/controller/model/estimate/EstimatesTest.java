package io.aiwm.controller.model.estimate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.model.estimate.EstimateRequest.Gpus;
import io.aiwm.controller.model.format.ModelInfo;
import io.aiwm.controller.model.format.ModelInfoBuilder;
import java.util.Collections;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Estimates against what llama.cpp said and used when it was measured, and their own sums. */
class EstimatesTest {
    private static final long MIB = 1 << 20;
    private static final long GIB = 1 << 30;
    private static final int TINY_VOCABULARY = 448;

    /** What llama.cpp of node-llama-cpp 3.21.1 reported; sizes in MiB. */
    @ParameterizedTest(name = "{0} layers, {1} wide, {3}/{4} heads, -fa {5} -c {6} -np {7} -ub {8}")
    @CsvSource(textBlock = """
            2, 256, 512, 8, 8, false, 4096, 1, 512, 8.0, 75.51
            2, 256, 512, 8, 8, false, 32768, 1, 512, 64.0, 579.51
            2, 256, 512, 8, 8, false, 32768, 1, 128, 64.0, 144.88
            2, 256, 512, 8, 8, false, 32768, 4, 512, 64.0, 147.51
            2, 256, 512, 8, 8, true, 4096, 1, 512, 8.0, 8.01
            2, 256, 512, 8, 8, true, 32768, 1, 512, 64.0, 36.01
            2, 256, 512, 8, 8, true, 32768, 1, 128, 64.0, 9.0
            2, 256, 512, 8, 8, true, 32768, 4, 512, 64.0, 12.01
            2, 256, 512, 8, 2, false, 4096, 1, 512, 2.0, 74.76
            2, 256, 512, 8, 2, false, 32768, 1, 512, 16.0, 578.76
            2, 256, 512, 8, 2, false, 32768, 1, 128, 16.0, 144.69
            2, 256, 512, 8, 2, false, 32768, 4, 512, 16.0, 146.76
            2, 256, 512, 8, 2, true, 4096, 1, 512, 2.0, 8.01
            2, 256, 512, 8, 2, true, 32768, 1, 512, 16.0, 36.01
            2, 256, 512, 8, 2, true, 32768, 1, 128, 16.0, 9.0
            2, 256, 512, 8, 2, true, 32768, 4, 512, 16.0, 12.01
            2, 256, 2048, 8, 8, false, 4096, 1, 512, 8.0, 75.51
            2, 256, 2048, 8, 8, false, 32768, 1, 512, 64.0, 579.51
            2, 256, 2048, 8, 8, false, 32768, 1, 128, 64.0, 144.88
            2, 256, 2048, 8, 8, false, 32768, 4, 512, 64.0, 147.51
            2, 256, 2048, 8, 8, true, 4096, 1, 512, 8.0, 18.01
            2, 256, 2048, 8, 8, true, 32768, 1, 512, 64.0, 46.01
            2, 256, 2048, 8, 8, true, 32768, 1, 128, 64.0, 11.5
            2, 256, 2048, 8, 8, true, 32768, 4, 512, 64.0, 22.01
            2, 512, 512, 8, 8, false, 4096, 1, 512, 16.0, 79.01
            2, 512, 512, 8, 8, false, 32768, 1, 512, 128.0, 583.01
            2, 512, 512, 8, 8, false, 32768, 1, 128, 128.0, 145.75
            2, 512, 512, 8, 8, false, 32768, 4, 512, 128.0, 151.01
            2, 512, 512, 8, 8, true, 4096, 1, 512, 16.0, 10.01
            2, 512, 512, 8, 8, true, 32768, 1, 512, 128.0, 38.01
            2, 512, 512, 8, 8, true, 32768, 1, 128, 128.0, 9.5
            2, 512, 512, 8, 8, true, 32768, 4, 512, 128.0, 14.01
            2, 512, 2048, 16, 4, false, 4096, 1, 512, 4.0, 141.51
            2, 512, 2048, 16, 4, false, 32768, 1, 512, 32.0, 1093.51
            2, 512, 2048, 16, 4, false, 32768, 1, 128, 32.0, 273.38
            2, 512, 2048, 16, 4, false, 32768, 4, 512, 32.0, 277.51
            2, 512, 2048, 16, 4, true, 4096, 1, 512, 4.0, 20.01
            2, 512, 2048, 16, 4, true, 32768, 1, 512, 32.0, 48.01
            2, 512, 2048, 16, 4, true, 32768, 1, 128, 32.0, 12.0
            2, 512, 2048, 16, 4, true, 32768, 4, 512, 32.0, 24.01
            4, 256, 512, 8, 8, false, 4096, 1, 512, 16.0, 75.51
            4, 256, 512, 8, 8, false, 32768, 1, 512, 128.0, 579.51
            4, 256, 512, 8, 8, false, 32768, 1, 128, 128.0, 144.88
            4, 256, 512, 8, 8, false, 32768, 4, 512, 128.0, 147.51
            4, 256, 512, 8, 8, true, 4096, 1, 512, 16.0, 8.51
            4, 256, 512, 8, 8, true, 32768, 1, 512, 128.0, 36.51
            4, 256, 512, 8, 8, true, 32768, 1, 128, 128.0, 9.13
            4, 256, 512, 8, 8, true, 32768, 4, 512, 128.0, 12.51
            2, 1024, 4096, 16, 4, false, 4096, 1, 512, 8.0, 147.01
            2, 1024, 4096, 16, 4, false, 32768, 1, 512, 64.0, 1099.01
            2, 1024, 4096, 16, 4, false, 32768, 1, 128, 64.0, 274.75
            2, 1024, 4096, 16, 4, false, 32768, 4, 512, 64.0, 283.01
            2, 1024, 4096, 16, 4, true, 4096, 1, 512, 8.0, 36.01
            2, 1024, 4096, 16, 4, true, 32768, 1, 512, 64.0, 64.01
            2, 1024, 4096, 16, 4, true, 32768, 1, 128, 64.0, 16.0
            2, 1024, 4096, 16, 4, true, 32768, 4, 512, 64.0, 40.01
            """)
    void buffers_are_never_below_what_the_engine_reported(
            int layers,
            int width,
            int forward,
            int heads,
            int kvHeads,
            boolean flash,
            int context,
            int parallel,
            int batch,
            double cache,
            double compute) {
        ModelInfo tiny =
                llama(layers, width, forward, heads, kvHeads, TINY_VOCABULARY).build();
        MemoryEstimate estimate = Estimates.of(
                tiny,
                EstimateRequestBuilder.builder()
                        .context(context / parallel)
                        .parallel(parallel)
                        .batch(batch)
                        .flashAttention(flash)
                        .build());
        assertThat(part(estimate, "kvCache")).isEqualTo((long) (cache * MIB));
        // reported with two places
        assertThat(part(estimate, "computeBuffers") + MIB / 50.0)
                .isBetween(compute * MIB, compute * MIB * 1.25 + 4 * MIB);
        assertSums(estimate);
    }

    /** Anonymous memory and that of the kernel after a prompt as long as the context, without the mapped weights; in MiB. */
    @ParameterizedTest(name = "-fa {0} -c {1} -np {2} used {3} MiB")
    @CsvSource({
        "false, 4096, 1, 194.2",
        "true, 4096, 1, 64.5",
        "false, 32768, 1, 963.0",
        "true, 32768, 1, 138.0",
        "false, 32768, 4, 338.5"
    })
    void the_sum_is_never_below_what_a_full_context_used(boolean flash, int context, int parallel, double used) {
        var request = EstimateRequestBuilder.builder()
                .context(context / parallel)
                .parallel(parallel)
                .flashAttention(flash)
                .build();
        long estimate = Estimates.of(llama(2, 256, 512, 8, 8, TINY_VOCABULARY).build(), request)
                .totalBytes();
        assertThat((double) estimate).isBetween(used * MIB, used * MIB * 1.25 + 64 * MIB);
    }

    @Test
    void a_model_of_eight_billion_parameters_takes_what_is_known_of_it() {
        MemoryEstimate estimate = Estimates.of(llama8b(), request(8_192));
        assertThat(part(estimate, "kvCache")).isEqualTo(GIB);
        // the projection onto 128256 tokens is the widest: 250.5 MiB for 512 of them
        assertThat(part(estimate, "computeBuffers") / MIB).isBetween(258L, 300L);
        assertThat(estimate.gpuMemoryBytes()).isEmpty();
        assertThat(estimate.basis()).anyMatch(line -> line.startsWith("-c 8192 -np 1 -ub 512 -fa on"));
    }

    @Test
    void the_cache_may_be_kept_in_fewer_bits_with_flash_attention_alone() {
        var eight = EstimateRequestBuilder.builder().context(8_192).cacheType(CacheType.q8_0);
        assertThat(part(Estimates.of(llama8b(), eight.build()), "kvCache")).isEqualTo(GIB * 34 / 64);
        refused("/cacheType", eight.flashAttention(false).build());
    }

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

    private static void refused(String pointer, EstimateRequest request) {
        assertThatThrownBy(() -> Estimates.of(llama8b(), request)).isInstanceOfSatisfying(Failure.class, failure -> {
            assertThat(failure.kind).isEqualTo(Failure.Kind.UNPROCESSABLE);
            assertThat(failure.errors.get(0).pointer()).isEqualTo(pointer);
        });
    }

    private static void assertSums(MemoryEstimate estimate) {
        assertThat(estimate.parts().stream()
                        .mapToLong(MemoryEstimate.Part::memoryBytes)
                        .sum())
                .isEqualTo(estimate.memoryBytes());
        assertThat(estimate.parts().stream()
                        .mapToLong(MemoryEstimate.Part::gpuMemoryBytes)
                        .sum())
                .isEqualTo(sum(estimate.gpuMemoryBytes()));
        assertThat(estimate.totalBytes()).isEqualTo(estimate.memoryBytes() + sum(estimate.gpuMemoryBytes()));
    }

    private static long sum(List<Long> bytes) {
        return bytes.stream().mapToLong(Long::longValue).sum();
    }

    private static long part(MemoryEstimate estimate, String name) {
        return estimate.parts().stream()
                .filter(part -> part.name().equals(name))
                .mapToLong(part -> part.memoryBytes() + part.gpuMemoryBytes())
                .sum();
    }

    private static EstimateRequest request(int context) {
        return EstimateRequestBuilder.builder().context(context).build();
    }

    private static EstimateRequest with(Gpus gpus) {
        return EstimateRequestBuilder.builder().context(8_192).gpus(gpus).build();
    }

    private static ModelInfo llama8b() {
        return llama(32, 4_096, 14_336, 32, 8, 128_256).build();
    }

    /** A model of this shape whose matrices are F16. */
    private static ModelInfoBuilder llama(int layers, int width, int forward, int heads, int kvHeads, int vocabulary) {
        int head = width / heads;
        long layer = 2L * (2L * width * width + 2L * width * kvHeads * head + 3L * width * forward) + 8L * width;
        long table = 2L * vocabulary * width;
        return ModelInfoBuilder.builder()
                .format(ModelInfo.Format.gguf)
                .architecture("llama")
                .weightBytes(layers * layer + 2 * table)
                .embeddingBytes(table)
                .outputBytes(table)
                .largestLayerBytes(layer)
                .contextLength(131_072)
                .embeddingLength(width)
                .feedForwardLength(forward)
                .vocabulary(vocabulary)
                .layers(layers)
                .attention(new ModelInfo.Attention(heads, kvHeads, null, head, head, null, null));
    }
}
