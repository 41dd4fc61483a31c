package io.aiwm.controller.model.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** A model as a hub keeps it: safetensors files and the configuration beside them. */
final class CheckpointModel {
    static final String CONFIG = "config.json";
    static final String TOKENIZER = "tokenizer_config.json";
    static final String INDEX = "model.safetensors.index.json";
    static final String SINGLE = "model.safetensors";
    private static final String ENDING = ".safetensors";
    private static final Pattern CHAT_TEMPLATE = Pattern.compile("chat_template\\.(jinja|json)");

    private final Map<String, ByteSource> files;

    private CheckpointModel(Map<String, ByteSource> files) {
        this.files = files;
    }

    /** Whether it is a file of tensors in the model's own folder; those below it are other forms of the model. */
    static boolean isTensors(String name) {
        return name.endsWith(ENDING) && name.indexOf('/') < 0;
    }

    /** Fails with INVALID. @param files of the model's folder, by name */
    static ModelInfo read(Map<String, ByteSource> files) throws IOException {
        return new CheckpointModel(files).info();
    }

    private ModelInfo info() throws IOException {
        var config = new CheckpointConfig(CONFIG, config());
        var totals = new TensorTotals();
        var packed = new PackedWeights(config.packedBits());
        Collection<String> shards = shards();
        for (String shard : shards) {
            SafetensorsFile.read(shard, files.get(shard), packed, totals);
        }
        if (totals.count() == 0) {
            throw InvalidFile.file(shards.iterator().next(), "has no tensors");
        }
        String quantization = config.quantization();
        var info = ModelInfoBuilder.builder()
                .format(ModelInfo.Format.safetensors)
                .parameters(totals.numbers())
                .quantization(quantization == null ? totals.mostBytes() : quantization)
                .chatTemplate(chatTemplate())
                .split(shards.size() == 1 ? null : new ModelInfo.Split(shards.size()));
        config.into(info);
        totals.into(info);
        return info.build();
    }

    /** Empty where there is none: the tensors are known then, and nothing of how they belong together. */
    private JsonNode config() throws IOException {
        ByteSource source = files.get(CONFIG);
        return source == null
                ? JsonNodeFactory.instance.objectNode()
                : JsonFile.tree(CONFIG, source, Limits.CONFIG_BYTES);
    }

    private Collection<String> shards() throws IOException {
        var shards = new TreeSet<String>();
        if (files.containsKey(INDEX)) {
            try (InputStream in = JsonFile.whole(INDEX, files.get(INDEX), Limits.JSON_BYTES)) {
                shards.addAll(JsonFile.stream(INDEX, in, json -> new ShardIndex(INDEX).files(json)));
            }
        } else if (files.containsKey(SINGLE)) {
            shards.add(SINGLE);
        } else {
            files.keySet().stream()
                    .filter(name -> isTensors(name) && !name.startsWith("consolidated"))
                    .forEach(shards::add);
        }
        if (shards.isEmpty()) {
            files.keySet().stream().filter(CheckpointModel::isTensors).forEach(shards::add);
        }
        for (String shard : shards) {
            if (!files.containsKey(shard)) {
                throw InvalidFile.file(INDEX, "names " + InvalidFile.shown(shard) + ", which is missing");
            }
        }
        return shards;
    }

    private boolean chatTemplate() throws IOException {
        if (files.keySet().stream().anyMatch(name -> CHAT_TEMPLATE.matcher(name).matches())) {
            return true;
        }
        if (!files.containsKey(TOKENIZER)) {
            return false;
        }
        try (InputStream in = JsonFile.whole(TOKENIZER, files.get(TOKENIZER), Limits.JSON_BYTES)) {
            return JsonFile.stream(TOKENIZER, in, TopLevelField.has(TOKENIZER, "chat_template"));
        }
    }
}
