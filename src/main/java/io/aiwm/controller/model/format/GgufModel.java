package io.aiwm.controller.model.format;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** A model in one GGUF file, or split over several, whose first has the metadata. */
final class GgufModel {
    private static final int MOST_TOKENS = 1 << 30;
    private static final int MOST_WIDTH = 1 << 24;
    private static final int MOST_LAYERS = 4_096;
    private static final int MOST_HEADS = 1 << 16;
    private static final int FLOAT_BYTES = 4;

    /** Of how many layers each one sees the whole text, for architectures whose engines know that without being told. */
    private static final Map<String, Integer> FULL_LAYER_EVERY =
            Map.of("gemma2", 2, "gemma3", 6, "gpt-oss", 2, "cohere2", 4, "exaone4", 4);

    private final GgufMetadata metadata;
    private final String architecture;

    private GgufModel(GgufMetadata metadata, String architecture) {
        this.metadata = metadata;
        this.architecture = architecture;
    }

    /** Fails with INVALID. @param files of one model, by name, in order */
    static ModelInfo read(Map<String, ByteSource> files) throws IOException {
        var totals = new TensorTotals();
        List<GgufFile> read = new ArrayList<>();
        for (var file : files.entrySet()) {
            read.add(GgufFile.read(file.getKey(), file.getValue(), totals));
        }
        GgufFile first = read.get(0);
        checkSplit(read, totals.count());
        if (totals.count() == 0) {
            throw InvalidFile.file(first.name(), "has no tensors");
        }
        String architecture = first.metadata().text("general.architecture");
        if (architecture == null || architecture.isBlank()) {
            throw InvalidFile.file(first.name(), "does not say its general.architecture");
        }
        return new GgufModel(first.metadata(), InvalidFile.shown(architecture)).info(totals, read.size());
    }

    private static void checkSplit(List<GgufFile> files, int tensors) {
        GgufMetadata first = files.get(0).metadata();
        for (int i = 0; i < files.size(); i++) {
            GgufFile file = files.get(i);
            Long count = file.metadata().number("split.count", Limits.SHARDS);
            Long number = file.metadata().number("split.no", Limits.SHARDS);
            long expected = count == null || count == 0 ? 1 : count;
            if (expected != files.size()) {
                throw InvalidFile.file(
                        file.name(), "is one of " + expected + " files of a model, and " + files.size() + " are here");
            }
            if (expected > 1 && (number == null || number != i)) {
                throw InvalidFile.file(
                        file.name(), "says that it is part " + number + ", counted from 0, and is part " + i);
            }
        }
        Long all = first.number("split.tensors.count", Integer.MAX_VALUE);
        if (all != null && files.size() > 1 && all != tensors) {
            throw first.refused("split.tensors.count", "is " + all + ", and the files have " + tensors + " tensors");
        }
    }

    private ModelInfo info(TensorTotals totals, int files) {
        Integer layers = number("block_count", MOST_LAYERS);
        String quantization = FileType.name(metadata.number("general.file_type", Integer.MAX_VALUE));
        long[] feedForward = metadata.numbers(key("feed_forward_length"), MOST_WIDTH);
        Integer expertFeedForward = number("expert_feed_forward_length", MOST_WIDTH);
        Integer experts = number("expert_count", MOST_HEADS);
        Long tokens = metadata.length("tokenizer.ggml.tokens");
        Integer vocabulary = number("vocab_size", MOST_WIDTH);
        ModelInfo.Attention attention = layers == null ? null : attention(layers);
        String name = metadata.text("general.name");
        var info = ModelInfoBuilder.builder()
                .format(ModelInfo.Format.gguf)
                .architecture(architecture)
                .name(name == null ? null : InvalidFile.shown(name))
                .parameters(totals.numbers())
                .quantization(quantization == null ? totals.mostBytes() : quantization)
                .contextLength(number("context_length", MOST_TOKENS))
                .embeddingLength(number("embedding_length", MOST_WIDTH))
                .feedForwardLength(expertFeedForward != null ? expertFeedForward : most(feedForward))
                .vocabulary(vocabulary == null && tokens != null ? Integer.valueOf(tokens.intValue()) : vocabulary)
                .layers(layers)
                .attention(attention)
                .experts(
                        experts == null || experts == 0
                                ? null
                                : new ModelInfo.Experts(experts, number("expert_used_count", MOST_HEADS)))
                .stateBytesPerSequence(layers == null ? null : state(layers, attention))
                .chatTemplate(metadata.has("tokenizer.chat_template"))
                .split(files == 1 ? null : new ModelInfo.Split(files));
        totals.into(info);
        return info.build();
    }

    private ModelInfo.Attention attention(int layers) {
        Integer heads = most(metadata.numbers(key("attention.head_count"), MOST_HEADS));
        Integer width = number("embedding_length", MOST_WIDTH);
        if (heads == null || heads == 0 || width == null) {
            return null;
        }
        long[] told = metadata.numbers(key("attention.head_count_kv"), MOST_HEADS);
        if (told != null && told.length > 1 && told.length != layers) {
            throw metadata.refused(
                    key("attention.head_count_kv"),
                    "has " + told.length + " numbers, and there are " + layers + " layers");
        }
        long[] perLayer = perLayer(told == null ? new long[] {heads} : told, layers);
        Integer keyLength = number("attention.key_length", MOST_HEADS);
        Integer valueLength = number("attention.value_length", MOST_HEADS);
        Integer window = number("attention.sliding_window", MOST_TOKENS);
        boolean windowed = window != null && window > 0;
        return ModelInfoAttentionBuilder.builder()
                .heads(heads)
                .kvHeads(most(perLayer))
                .kvHeadsPerLayer(
                        LongStream.of(perLayer).distinct().count() < 2
                                ? null
                                : LongStream.of(perLayer).mapToObj(n -> (int) n).toList())
                .keyLength(keyLength == null ? width / heads : keyLength)
                .valueLength(valueLength == null ? width / heads : valueLength)
                .slidingWindow(windowed ? window : null)
                .slidingLayers(windowed ? slidingLayers(layers) : null)
                .build();
    }

    /** Only one layer of so many has attention in a model that says so; the others are recurrent. */
    private long[] perLayer(long[] told, int layers) {
        Integer every = number("full_attention_interval", MOST_LAYERS);
        long[] perLayer = told.length == layers ? told.clone() : new long[layers];
        if (told.length != layers) {
            Arrays.fill(perLayer, told[0]);
        }
        for (int i = 0; every != null && every > 1 && i < layers; i++) {
            perLayer[i] = (i + 1) % every == 0 ? perLayer[i] : 0;
        }
        return perLayer;
    }

    private Integer slidingLayers(int layers) {
        long[] told = metadata.numbers(key("attention.sliding_window_pattern"), MOST_LAYERS);
        if (told != null && told.length == layers && layers > 1) {
            return (int) LongStream.of(told).filter(windowed -> windowed != 0).count();
        }
        Integer every = told == null || told.length != 1 || told[0] < 1
                ? FULL_LAYER_EVERY.get(architecture)
                : Integer.valueOf((int) told[0]);
        return every == null ? null : layers - layers / every;
    }

    /** What recurrent layers keep, as llama.cpp lays it out: a short convolution and the state, 4 bytes a number. */
    private Long state(int layers, ModelInfo.Attention attention) {
        Integer inner = number("ssm.inner_size", MOST_WIDTH);
        Integer size = number("ssm.state_size", MOST_WIDTH);
        Integer kernel = number("ssm.conv_kernel", MOST_HEADS);
        if (inner == null || size == null || kernel == null) {
            return null;
        }
        Integer groups = number("ssm.group_count", MOST_HEADS);
        long recurrent = attention == null || attention.kvHeadsPerLayer() == null
                ? layers
                : attention.kvHeadsPerLayer().stream()
                        .filter(heads -> heads == 0)
                        .count();
        try {
            long groupWidth = Math.multiplyExact(2L * (groups == null ? 0 : groups), (long) size);
            long convolution = Math.multiplyExact(Math.max(0L, kernel - 1L), inner + groupWidth);
            long numbers = Math.addExact(convolution, Math.multiplyExact((long) size, (long) inner));
            return Math.multiplyExact(numbers, recurrent * FLOAT_BYTES);
        } catch (ArithmeticException cause) {
            throw metadata.refused(key("ssm.state_size"), "makes a state that no machine can hold");
        }
    }

    private String key(String name) {
        return architecture + "." + name;
    }

    private Integer number(String name, int most) {
        Long number = metadata.number(key(name), most);
        return number == null ? null : number.intValue();
    }

    private static Integer most(long[] numbers) {
        return numbers == null ? null : (int) LongStream.of(numbers).max().orElse(0);
    }
}
