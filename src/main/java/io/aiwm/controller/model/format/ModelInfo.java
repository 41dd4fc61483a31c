package io.aiwm.controller.model.format;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;

/**
 * What the files of a model say of it; stored with its version. A field is null where they do not say it.
 *
 * @param architecture for example {@code llama}; of a checkpoint the class that it names, {@code LlamaForCausalLM}; null
 *     where it has no configuration
 * @param parameters numbers in all tensors; of packed weights the numbers that were packed
 * @param quantization for example {@code F16}, {@code Q4_K_M}, {@code awq-4bit}
 * @param weightBytes of all tensors
 * @param embeddingBytes of {@code weightBytes}, those of the table that turns tokens into vectors
 * @param outputBytes of {@code weightBytes}, those that belong to no layer and are not the table of tokens; the projection
 *     onto the vocabulary is most of them, and 0 where the table of tokens serves as that too
 * @param largestLayerBytes of {@code weightBytes}, those of the largest layer
 * @param contextLength tokens it was trained for
 * @param embeddingLength width of the vectors between layers
 * @param feedForwardLength the largest width within a layer, of one expert where there are experts
 * @param vocabulary number of tokens
 * @param attention null: it has none, or the files do not say
 * @param stateBytesPerSequence of recurrent layers, which keep a state of one size however long the text; null: none
 * @param split null: one file
 */
@RecordBuilder
public record ModelInfo(
        Format format,
        String architecture,
        String name,
        Long parameters,
        String quantization,
        long weightBytes,
        Long embeddingBytes,
        Long outputBytes,
        Long largestLayerBytes,
        Integer contextLength,
        Integer embeddingLength,
        Integer feedForwardLength,
        Integer vocabulary,
        Integer layers,
        Attention attention,
        Experts experts,
        Long stateBytesPerSequence,
        boolean chatTemplate,
        Split split) {

    public enum Format {
        gguf,
        safetensors
    }

    /**
     * @param kvHeads heads that have keys and values of their own; the most of any layer
     * @param kvHeadsPerLayer null: all layers have {@code kvHeads}; 0: the layer is recurrent
     * @param keyLength width of a key of one head
     * @param valueLength width of a value of one head; 0 where keys and values are kept as one
     * @param slidingWindow tokens that layers with a window look back; null: none has one
     * @param slidingLayers how many layers have the window; null: which ones is not known, so none is counted on
     */
    @RecordBuilder
    public record Attention(
            int heads,
            int kvHeads,
            List<Integer> kvHeadsPerLayer,
            int keyLength,
            int valueLength,
            Integer slidingWindow,
            Integer slidingLayers) {
        public Attention {
            kvHeadsPerLayer = kvHeadsPerLayer == null ? null : List.copyOf(kvHeadsPerLayer);
        }

        /** Width of all queries of a token. */
        @JsonIgnore
        public long queryWidth() {
            return (long) heads * keyLength;
        }

        /** Width of what is kept of a token in the layer that keeps most. */
        @JsonIgnore
        public long kvWidth() {
            return (long) kvHeads * (keyLength + valueLength);
        }
    }

    /** @param used for one token */
    public record Experts(int count, Integer used) {}

    /** @param files that the model is split into */
    public record Split(int files) {}
}
