package io.aiwm.boot;

import io.aiwm.boot.Config.Mode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

/** Settings from an environment, flags and a file that a test sets. */
abstract class ConfigRig {
    @TempDir
    Path folder;

    final Map<String, String> environment = new HashMap<>();
    final Map<String, String> flags = new HashMap<>();

    ConfigLoader.Loaded load(Mode mode) {
        return load(mode, null);
    }

    ConfigLoader.Loaded load(Mode mode, Path file) {
        return ConfigLoader.load(mode, new ConfigLoader.Sources(file, environment, flags, List.of()));
    }

    Path yaml(String text) throws Exception {
        return Files.writeString(folder.resolve("aiwm.yaml"), text);
    }
}
