package io.aiwm.controller.model.estimate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Failure;
import io.aiwm.controller.model.format.ModelInfo;
import io.aiwm.controller.model.format.ModelInfoBuilder;
import java.util.List;

/** Models of known shapes, requests for them, and the sums of an estimate. */
final class ModelShapes {
    static final long MIB = 1 << 20;
    static final long GIB = 1 << 30;

    private ModelShapes() {}

    static void refused(String pointer, EstimateRequest request) {
        assertThatThrownBy(() -> Estimates.of(llama8b(), request)).isInstanceOfSatisfying(Failure.class, failure -> {
            assertThat(failure.kind).isEqualTo(Failure.Kind.UNPROCESSABLE);
            assertThat(failure.errors.get(0).pointer()).isEqualTo(pointer);
        });
    }

    static void assertSums(MemoryEstimate estimate) {
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

    static long sum(List<Long> bytes) {
        return bytes.stream().mapToLong(Long::longValue).sum();
    }

    static long part(MemoryEstimate estimate, String name) {
        return estimate.parts().stream()
                .filter(part -> part.name().equals(name))
                .mapToLong(part -> part.memoryBytes() + part.gpuMemoryBytes())
                .sum();
    }

    static EstimateRequest request(int context) {
        return EstimateRequestBuilder.builder().context(context).build();
    }

    static ModelInfo llama8b() {
        return llama(32, 4_096, 14_336, 32, 8, 128_256).build();
    }

    /** A model of this shape whose matrices are F16. */
    static ModelInfoBuilder llama(int layers, int width, int forward, int heads, int kvHeads, int vocabulary) {
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
