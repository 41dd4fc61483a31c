package io.aiwm.controller.model.format;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Which files of a checkpoint have its tensors: the names in the index, each once. */
record ShardIndex(String file) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,199}\\.safetensors");

    /** Fails with INVALID. */
    Set<String> files(JsonParser json) throws IOException {
        Set<String> shards = new TreeSet<>();
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw InvalidFile.file(file, "must be a JSON object");
        }
        while (json.nextToken() != JsonToken.END_OBJECT) {
            boolean map = json.currentName().equals("weight_map");
            if (json.nextToken() == JsonToken.START_OBJECT && map) {
                addAll(json, shards);
            } else {
                json.skipChildren();
            }
        }
        if (shards.isEmpty()) {
            throw InvalidFile.file(file, "names no files in weight_map");
        }
        return shards;
    }

    private void addAll(JsonParser json, Set<String> shards) throws IOException {
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String tensor = json.currentName();
            String shard = json.nextToken() == JsonToken.VALUE_STRING ? json.getText() : "";
            if (!shards.contains(shard) && !NAME.matcher(shard).matches()) {
                throw InvalidFile.file(
                        file,
                        "weight_map." + InvalidFile.shown(tensor) + " is not the name of a safetensors file beside it");
            }
            shards.add(shard);
            if (shards.size() > Limits.SHARDS) {
                throw InvalidFile.file(file, "names more than " + Limits.SHARDS + " files");
            }
        }
    }
}
