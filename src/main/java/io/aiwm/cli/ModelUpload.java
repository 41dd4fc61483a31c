package io.aiwm.cli;

import static io.aiwm.cli.ClientCommands.arguments;
import static io.aiwm.cli.ClientCommands.command;
import static io.aiwm.cli.ClientCommands.option;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code aiwm models upload}: files of this machine become a version of a model. Run again with the same files, it goes on
 * with what an earlier run began.
 */
final class ModelUpload {
    private final ApiClient client;
    private final ParseResult parsed;
    private final Map<String, String> environment;
    private final PrintWriter err;

    ModelUpload(ApiClient client, ParseResult parsed, Map<String, String> environment, PrintWriter err) {
        this.client = client;
        this.parsed = parsed;
        this.environment = environment;
        this.err = err;
    }

    static CommandSpec spec() {
        var spec = command(
                        "Uploads files as a new version of a model, and prints its URL. What breaks off is continued when the same"
                                + " command is run again within a day.")
                .addPositional(arguments("FILE", "Of the version; its path in there is its name."))
                .addOption(option("--name", "NAME", "Of the model, which is made if there is none of this name."))
                .addOption(option("--model", "MODEL", "Name or id of a model that there is."))
                .addOption(
                        option("--task", "TASK", "Of a model that is made: text-generation, embedding, rerank, other."))
                .addOption(option("--path", "PATH", "Of the only file, within the version."))
                .addOption(option("--alias", "ALIAS", "Means the version once it is READY."))
                .addOption(option("--no-checksum", "Does not read each file beforehand for its sha256."));
        spec.usageMessage()
                .footer("", "Example: aiwm models upload qwen2.5-0.5b-q4_k_m.gguf --name qwen --alias stable");
        return spec;
    }

    /** @param path within the version */
    record Source(Path file, String path, long size, long modifiedMillis) {
        static Source of(String name, String path) {
            Path file = Path.of(name).toAbsolutePath().normalize();
            try {
                if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
                    throw new ApiFailure(name + " is no file that can be read");
                }
                return new Source(
                        file,
                        path == null ? file.getFileName().toString() : path,
                        Files.size(file),
                        Files.getLastModifiedTime(file).toMillis());
            } catch (IOException unreadable) {
                throw new ApiFailure(name + " cannot be read");
            }
        }
    }

    void run(Output output) {
        String name = parsed.matchedOptionValue("--name", (String) null);
        String model = parsed.matchedOptionValue("--model", (String) null);
        if ((name == null) == (model == null)) {
            throw new ApiFailure("either --name or --model must be given", ApiFailure.USAGE);
        }
        List<Source> sources = sources();
        var what = new ArrayList<>(List.of(client.address().toString(), name + "|" + model));
        sources.forEach(source -> what.add(source.toString()));
        UploadState state = UploadState.open(environment, what);
        String version = present(state);
        if (version == null) {
            state.forget();
        }
        for (Source source : sources) {
            var metadata = version == null ? begun(name, model) : continued(version);
            version = new TusUpload(
                            client, state, new ProgressLine(err), !parsed.matchedOptionValue("--no-checksum", false))
                    .put(source, metadata, version);
        }
        JsonObject ready = client.send("POST", version + "/commit", null).json();
        state.forget();
        finish(ready, version, output);
    }

    private List<Source> sources() {
        String[] names = parsed.matchedPositionalValue(0, new String[0]);
        String path = parsed.matchedOptionValue("--path", (String) null);
        if (path != null && names.length > 1) {
            throw new ApiFailure("--path goes with one file", ApiFailure.USAGE);
        }
        var sources = new ArrayList<Source>();
        var paths = new HashSet<String>();
        for (String name : names) {
            Source source = Source.of(name, path);
            if (!paths.add(source.path())) {
                throw new ApiFailure("two files are called " + source.path(), ApiFailure.USAGE);
            }
            sources.add(source);
        }
        return sources;
    }

    /** The path of the version that an earlier run began; null: none that takes files or has them all. */
    private String present(UploadState state) {
        if (state.version() == null) {
            return null;
        }
        try {
            String is = client.get(state.version()).getString("state");
            return is.equals("FAILED") ? null : state.version();
        } catch (ApiFailure failed) {
            if (failed.status == 404) {
                return null;
            }
            throw failed;
        }
    }

    private JsonObject begun(String name, String model) {
        var metadata = new JsonObject();
        if (model != null) {
            metadata.put("model", idOf(ModelCommands.path(client, model)));
        } else {
            metadata.put("name", name);
        }
        String task = parsed.matchedOptionValue("--task", (String) null);
        return task == null ? metadata : metadata.put("task", task);
    }

    private static String idOf(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private static JsonObject continued(String version) {
        String model = version.substring(0, version.lastIndexOf("/versions/"));
        return new JsonObject().put("model", idOf(model)).put("version", idOf(version));
    }

    private void finish(JsonObject ready, String version, Output output) {
        String state = ready.getString("state");
        if (!state.equals("READY")) {
            throw new ApiFailure("the version is " + state + ": " + ready.getString("reason"));
        }
        String alias = parsed.matchedOptionValue("--alias", (String) null);
        if (alias != null) {
            client.send(
                    "PUT",
                    version.substring(0, version.lastIndexOf("/versions/")) + "/aliases/" + ApiClient.encoded(alias),
                    new JsonObject().put("version", ready.getInteger("number")));
        }
        output.one(ready, "id", client.address().resolve(version).toString());
    }
}
