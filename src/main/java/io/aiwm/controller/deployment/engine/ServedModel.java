package io.aiwm.controller.deployment.engine;

import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.ModelCommand;
import io.aiwm.protocol.ModelCommandBuilder;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A model as a container has it.
 *
 * @param name by which clients ask for it
 * @param volume what is mounted
 * @param target where
 * @param file the file that an engine opens, in the container; null: there is none that one could choose
 * @param folder the folder of its configuration, in the container
 * @param format {@code gguf}, {@code safetensors}; null: not known
 * @param trainedContext tokens it was trained for; null: not known
 */
public record ServedModel(
        String name,
        ModelCommand volume,
        String target,
        String file,
        String folder,
        String format,
        Integer trainedContext) {

    private static final String ROOT = "/models";
    private static final String CONFIG = "config.json";
    private static final String GGUF = ".gguf";
    private static final Pattern LATER_PART = Pattern.compile(".+-(?!00001)\\d{5}-of-\\d{5}\\.gguf");

    /** One file that is downloaded to its node under this name. */
    public static ServedModel ofFile(String name) {
        String path = ROOT + "/" + name;
        boolean gguf = name.endsWith(GGUF);
        return new ServedModel(
                gguf ? name.substring(0, name.length() - GGUF.length()) : name,
                ModelCommandBuilder.builder().name(name).build(),
                path,
                path,
                path,
                gguf ? "gguf" : null,
                null);
    }

    /**
     * A version of a model.
     *
     * @param kept its name on nodes. @param number its version there
     * @param paths of all its files
     */
    public static ServedModel ofVersion(
            String name, String kept, String number, List<String> paths, String format, Integer trainedContext) {
        return new ServedModel(
                name,
                ModelCommandBuilder.builder().name(kept).version(number).build(),
                ROOT,
                under(first(paths)),
                folder(paths),
                format,
                trainedContext);
    }

    /** The file of a model, the first where it is split; a projector of pictures lies beside it and is none. */
    private static String first(List<String> paths) {
        List<String> models = paths.stream()
                .filter(path -> path.endsWith(GGUF))
                .filter(path -> !path.substring(path.lastIndexOf('/') + 1).startsWith("mmproj"))
                .filter(path -> !LATER_PART.matcher(path).matches())
                .sorted()
                .toList();
        return models.size() == 1 ? models.get(0) : null;
    }

    private static String folder(List<String> paths) {
        return paths.stream()
                .filter(path -> path.equals(CONFIG) || path.endsWith("/" + CONFIG))
                .min(String::compareTo)
                .filter(path -> path.length() > CONFIG.length())
                .map(path -> under(path.substring(0, path.length() - CONFIG.length() - 1)))
                .orElse(ROOT);
    }

    private static String under(String path) {
        return path == null ? null : ROOT + "/" + path;
    }

    ContainerSpec.Volume mount() {
        return new ContainerSpec.Volume(null, target, true, volume);
    }
}
