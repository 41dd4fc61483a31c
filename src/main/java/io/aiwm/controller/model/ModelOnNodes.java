package io.aiwm.controller.model;

import io.aiwm.controller.node.Node;
import io.aiwm.protocol.ModelDigest;
import io.aiwm.protocol.ModelFile;
import io.aiwm.protocol.NodeModel;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;

/** What a version is called on nodes, and how commands name it to {@link ModelSources}. */
public final class ModelOnNodes {
    /** In the data of a command: the id of the version whose files and sources are added when the command is sent. */
    static final String VERSION_ID = "versionId";
    /** In the data of a command: the {@link ModelDigest} of that version. */
    static final String DIGEST = "digest";

    private ModelOnNodes() {}

    /** The name under which nodes keep it: that of the model, or its id where that cannot be the name of a folder. */
    public static String name(Model model) {
        return name(model.name(), model.id());
    }

    /** The same of a model of this name and id. */
    public static String name(String name, String id) {
        return Objects.requireNonNullElse(NodeModel.nameOf(name), id);
    }

    /** The version as nodes keep it. */
    public static String version(ModelVersion version) {
        return Integer.toString(version.number());
    }

    public static String digest(ModelVersion version) {
        return ModelDigest.of(described(version));
    }

    static List<ModelFile> described(ModelVersion version) {
        return version.files().stream()
                .map(file -> new ModelFile(file.path(), file.sha256(), file.sizeBytes(), null))
                .toList();
    }

    /** The data of a command that brings it to a node; what is missing is added when the command is sent. */
    public static JsonObject wanted(Model model, ModelVersion version) {
        return wanted(model.name(), model.id(), version.number(), digest(version));
    }

    /** The same of a version that was looked up before. @param digest as {@link #digest} has it */
    public static JsonObject wanted(String name, String modelId, int number, String digest) {
        return new JsonObject()
                .put("name", name(name, modelId))
                .put("version", Integer.toString(number))
                .put(VERSION_ID, ModelVersion.id(modelId, number))
                .put(DIGEST, digest);
    }

    /** The data of a command that takes it from a node. */
    static JsonObject named(Model model, ModelVersion version) {
        return new JsonObject().put("name", name(model)).put("version", version(version));
    }

    /** Whether the node says that it has all of it. */
    static boolean isOn(Node node, String name, String version, String digest) {
        return node.models().stream()
                .anyMatch(held -> held.name().equals(name)
                        && version.equals(held.version())
                        && digest.equalsIgnoreCase(held.sha256()));
    }
}
