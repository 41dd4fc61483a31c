package io.aiwm.controller.model.format;

import io.aiwm.common.Failure;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what the files of a model say of it. It blocks while it reads: call it on a worker thread. */
public final class ModelReader {
    private static final Pattern PART = Pattern.compile("(.+)-(\\d{5})-of-(\\d{5})\\.gguf");
    private static final String GGUF = ".gguf";

    /** The part of a model that turns pictures into vectors; it lies beside the model and is not one. */
    private static final String PROJECTOR = "mmproj";

    private ModelReader() {}

    /** Whether a reading looks into a file of this name, so that no source need be made for the others. */
    public static boolean reads(String name) {
        return name.endsWith(GGUF)
                || CheckpointModel.isTensors(name)
                || List.of(CheckpointModel.CONFIG, CheckpointModel.TOKENIZER, CheckpointModel.INDEX)
                        .contains(name)
                || name.startsWith("chat_template.");
    }

    /**
     * Returns what the files say; null if there is no model of a known format among them. Fails with INVALID if a file is
     * malformed or missing, or if there are several models, and with IOException if a source fails.
     *
     * @param files by their names in the model's folder, those at least that {@link #reads} tells
     */
    public static ModelInfo read(Map<String, ByteSource> files) throws IOException {
        Map<String, Map<Integer, String>> models = ggufModels(files.keySet());
        if (models.size() > 1) {
            throw Failure.invalid("there are several models: " + InvalidFile.shown(String.join(", ", models.keySet()))
                    + "; keep one in a version");
        }
        if (models.isEmpty()) {
            return files.keySet().stream().anyMatch(CheckpointModel::isTensors) ? CheckpointModel.read(files) : null;
        }
        Map<String, ByteSource> parts = new LinkedHashMap<>();
        for (String name : models.values().iterator().next().values()) {
            parts.put(name, files.get(name));
        }
        return GgufModel.read(parts);
    }

    /** The files of each model in order, under the name that they have in common. */
    private static Map<String, Map<Integer, String>> ggufModels(Collection<String> names) {
        Map<String, Map<Integer, String>> models = new TreeMap<>();
        for (String name : names) {
            String last = name.substring(name.lastIndexOf('/') + 1);
            if (!name.endsWith(GGUF) || last.startsWith(PROJECTOR)) {
                continue;
            }
            Matcher part = PART.matcher(name);
            String model = part.matches() ? part.group(1) + " of " + part.group(3) : name;
            int number = part.matches() ? Integer.parseInt(part.group(2)) : 1;
            models.computeIfAbsent(model, first -> new TreeMap<>()).put(number, name);
        }
        return models;
    }
}
