package io.aiwm.controller.model.estimate;

import static io.aiwm.controller.model.estimate.ModelShapes.GIB;
import static io.aiwm.controller.model.estimate.ModelShapes.MIB;
import static io.aiwm.controller.model.estimate.ModelShapes.assertSums;
import static io.aiwm.controller.model.estimate.ModelShapes.llama;
import static io.aiwm.controller.model.estimate.ModelShapes.llama8b;
import static io.aiwm.controller.model.estimate.ModelShapes.part;
import static io.aiwm.controller.model.estimate.ModelShapes.refused;
import static io.aiwm.controller.model.estimate.ModelShapes.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.model.format.ModelInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Estimates against what llama.cpp said and used when it was measured. */
class EstimatesTest {
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
}
