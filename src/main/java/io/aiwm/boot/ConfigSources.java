package io.aiwm.boot;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.aiwm.boot.Values.Found;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Collects settings from the YAML file, the environment and the flags; each overrides those before it. */
final class ConfigSources {
    /** Variables of ours that set nothing here: the launcher's, the tests', the client's, what containers are given. */
    private static final Set<String> OTHER_VARIABLES = Set.of(
            "AIWM_CONFIG",
            "AIWM_VERTICLES",
            "AIWM_JAVA_OPTS",
            "AIWM_REQUIRE_ALL",
            "AIWM_COMMAND_ID",
            "AIWM_ADDR",
            "AIWM_TOKEN",
            "AIWM_TOKEN_FILE",
            "AIWM_NAMESPACE",
            "AIWM_CONTEXT",
            "AIWM_CACERT",
            "AIWM_NO_COLOR");

    private static final String FILE = "_FILE";

    private final Map<Setting<?>, Found> found = new LinkedHashMap<>();
    private final ConfigErrors mistakes;

    ConfigSources(ConfigErrors mistakes) {
        this.mistakes = mistakes;
    }

    Map<Setting<?>, Found> found() {
        return found;
    }

    void readFile(Path file) {
        Map<?, ?> content;
        try {
            Object root = new ObjectMapper(new YAMLFactory()).readValue(Files.readString(file), Object.class);
            content = root instanceof Map<?, ?> mapping ? mapping : Map.of();
            if (root != null && !(root instanceof Map)) {
                mistakes.add(file + " must be a mapping of settings");
            }
        } catch (JsonProcessingException malformed) {
            // an empty file is no settings, and so is one in which every line is a comment
            content = Map.of();
            if (!malformed.getOriginalMessage().startsWith("No content to map")) {
                var at = malformed.getLocation();
                mistakes.add(file + " line " + (at == null ? "?" : at.getLineNr()) + " is not YAML: "
                        + malformed.getOriginalMessage().lines().findFirst().orElse(""));
            }
        } catch (IOException unreadable) {
            content = Map.of();
            mistakes.add("cannot read " + file + ": " + unreadable.getMessage());
        }
        readMapping(file, "", content);
    }

    private void readMapping(Path file, String prefix, Map<?, ?> mapping) {
        mapping.forEach((name, value) -> {
            String key = prefix + name;
            Setting<?> setting = byKey().get(Setting.snake(key));
            Setting<?> inFile = byKey().get(Setting.snake(key.replaceFirst("_?[fF]ile$", "")));
            if (setting != null) {
                if (value != null) {
                    found.put(setting, new Found(value, file.toString()));
                }
            } else if (inFile != null && inFile.secret() && value != null) {
                readSecret(inFile, value.toString(), file + " " + key);
            } else if (value instanceof Map<?, ?> nested && isGroup(key)) {
                readMapping(file, key + ".", nested);
            } else if (isGroup(key)) {
                if (value != null) {
                    mistakes.add(file + ": " + key + " must be a mapping of settings");
                }
            } else {
                mistakes.add(file + ": " + key + " is no setting" + ConfigErrors.nearest(key, keys()));
            }
        });
    }

    void readEnvironment(Map<String, String> environment) {
        var known = new HashMap<String, Setting<?>>();
        for (Setting<?> setting : Settings.ALL) {
            List<String> names = setting.variables();
            names.forEach(name -> known.put(name, setting));
            names.stream()
                    .filter(name -> setting.secret() && environment.containsKey(name + FILE))
                    .findFirst()
                    .ifPresent(name -> readSecret(setting, environment.get(name + FILE), "environment " + name + FILE));
            // an empty variable is how compose files say "not set"
            names.stream()
                    .filter(name -> !environment.getOrDefault(name, "").isBlank())
                    .findFirst()
                    .ifPresent(name -> found.put(setting, new Found(environment.get(name), "environment " + name)));
        }
        environment.keySet().stream()
                .filter(name -> name.startsWith("AIWM_") && !name.startsWith("AIWM_TEST_"))
                .filter(name -> !OTHER_VARIABLES.contains(name) && !known.containsKey(name))
                .filter(name -> !name.endsWith(FILE) || !isSecret(known.get(name.substring(0, name.length() - 5))))
                .sorted()
                .forEach(name -> mistakes.add(
                        "environment " + name + " is no setting" + ConfigErrors.nearest(name, known.keySet())));
    }

    /** @param flags by name with the dashes, as {@link Setting#flag()} spells it */
    void readFlags(Map<String, String> flags) {
        for (Setting<?> setting : Settings.ALL) {
            String file = setting.flag() + "-file";
            if (setting.secret() && flags.containsKey(file)) {
                readSecret(setting, flags.get(file), "flag " + file);
            }
            if (flags.containsKey(setting.flag())) {
                found.put(setting, new Found(flags.get(setting.flag()), "flag " + setting.flag()));
            }
        }
    }

    private void readSecret(Setting<?> setting, String file, String source) {
        try {
            if (SecretFile.isOpenToOthers(Path.of(file))) {
                mistakes.add(setting.key() + " (" + source + ") is in " + file
                        + ", which other users can read: run chmod 600 on it");
            }
            found.put(setting, new Found(Files.readString(Path.of(file)).strip(), source));
        } catch (IOException unreadable) {
            mistakes.add(setting.key() + " (" + source + ") cannot be read from " + file + ": "
                    + unreadable.getClass().getSimpleName());
        }
    }

    private static boolean isSecret(Setting<?> setting) {
        return setting != null && setting.secret();
    }

    private static Map<String, Setting<?>> byKey() {
        var all = new HashMap<String, Setting<?>>();
        Settings.ALL.forEach(setting -> all.put(Setting.snake(setting.key()), setting));
        return all;
    }

    private static List<String> keys() {
        return Settings.ALL.stream()
                .flatMap(setting ->
                        Arrays.stream(new String[] {setting.key(), setting.key().replaceFirst("\\.[^.]*$", "")}))
                .distinct()
                .toList();
    }

    private static boolean isGroup(String key) {
        String prefix = Setting.snake(key) + "_";
        return Settings.ALL.stream()
                .anyMatch(setting -> setting.key().contains(".")
                        && Setting.snake(setting.key()).startsWith(prefix)
                        && setting.key().chars().filter(letter -> letter == '.').count()
                                > key.chars().filter(letter -> letter == '.').count());
    }
}
