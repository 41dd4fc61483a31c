package io.aiwm.controller.model.format;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the tensors of a model amount to, over all its files. */
final class TensorTotals {
    /** Both ways to name the tensors of a layer: {@code blk.7.attn_q.weight}, {@code model.layers.7.mlp.up_proj.weight}. */
    private static final Pattern LAYER = Pattern.compile("(?:^|\\.)(?:blk|layers|h|blocks)\\.(\\d{1,5})\\.");

    private static final Pattern EMBEDDING =
            Pattern.compile("(?:token_embd|embed_tokens|word_embeddings|wte|tok_embeddings)\\.weight$");

    private final Matcher layer = LAYER.matcher("");
    private final Matcher embedding = EMBEDDING.matcher("");
    private int count;
    private long numbers;
    private long bytes;
    private long embeddingBytes;
    private final Map<Integer, Long> layerBytes = new TreeMap<>();
    private final Map<String, Long> typeBytes = new TreeMap<>();

    /** @param numbers that count as parameters */
    void add(String tensor, String type, long numbers, long bytes) {
        count++;
        this.numbers += numbers;
        this.bytes += bytes;
        typeBytes.merge(type, bytes, Long::sum);
        if (layer.reset(tensor).find()) {
            layerBytes.merge(Integer.valueOf(layer.group(1)), bytes, Long::sum);
        } else if (embedding.reset(tensor).find()) {
            embeddingBytes += bytes;
        }
    }

    int count() {
        return count;
    }

    long numbers() {
        return numbers;
    }

    /** The type that most bytes are of; null: there are no tensors. */
    String mostBytes() {
        return typeBytes.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(null);
    }

    void into(ModelInfoBuilder info) {
        long inLayers = layerBytes.values().stream().mapToLong(Long::longValue).sum();
        info.weightBytes(bytes)
                .embeddingBytes(embeddingBytes)
                .outputBytes(bytes - inLayers - embeddingBytes)
                .largestLayerBytes(layerBytes.values().stream()
                        .mapToLong(Long::longValue)
                        .max()
                        .orElse(0));
    }
}
