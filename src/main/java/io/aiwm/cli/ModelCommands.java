package io.aiwm.cli;

import static io.aiwm.cli.ClientCommands.argument;
import static io.aiwm.cli.ClientCommands.arguments;
import static io.aiwm.cli.ClientCommands.command;
import static io.aiwm.cli.ClientCommands.option;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code aiwm models}: what there is, and what is done to it. How files come in: {@link ModelUpload}, {@link ModelDownload}. */
final class ModelCommands {
    private static final String ABOUT_MODEL = "Its name or id.";
    private static final String ABOUT_VERSION = "A number, an alias, or latest (the default).";

    private final ApiClient client;
    private final ParseResult parsed;
    private final Map<String, String> environment;
    private final Output output;
    private final PrintWriter err;

    ModelCommands(
            ApiClient client, ParseResult parsed, Map<String, String> environment, PrintWriter out, PrintWriter err) {
        this.client = client;
        this.parsed = parsed;
        this.environment = environment;
        this.output = new Output(out, parsed);
        this.err = err;
    }

    static CommandSpec spec() {
        var models = ClientCommands.group("Models, their versions and aliases.");
        models.addSubcommand(
                "list",
                command("Lists models.")
                        .addOption(option("--text", "TEXT", "Those with this in name, description or tags."))
                        .addOption(option("--task", "TASK", "text-generation, embedding, rerank or other."))
                        .addOption(option("--state", "STATE", "Of the newest version, such as READY.")));
        models.addSubcommand("show", command("Shows one model.").addPositional(argument(0, "MODEL", ABOUT_MODEL)));
        models.addSubcommand(
                "versions", command("Lists the versions of a model.").addPositional(argument(0, "MODEL", ABOUT_MODEL)));
        models.addSubcommand("upload", ModelUpload.spec());
        models.addSubcommand("download", ModelDownload.spec());
        models.addSubcommand(
                "alias",
                command("Lets an alias mean a version, which must be READY.")
                        .addPositional(argument(0, "MODEL", ABOUT_MODEL))
                        .addPositional(argument(1, "ALIAS", "Such as stable."))
                        .addPositional(PositionalParamSpec.builder()
                                .index("2")
                                .arity("0..1")
                                .type(String.class)
                                .paramLabel("VERSION")
                                .description(ABOUT_VERSION)
                                .build())
                        .addOption(option("--rm", "Removes the alias.")));
        models.addSubcommand(
                "rm",
                command("Deletes models, or one version of one. Refused while something uses it.")
                        .addPositional(arguments("MODEL", ABOUT_MODEL))
                        .addOption(option("--version", "VERSION", "This version alone."))
                        .addOption(option("--force", "Also when something uses it.")));
        models.addSubcommand("estimate", estimateSpec());
        return models;
    }

    private static CommandSpec estimateSpec() {
        return command("Says how much memory a version takes in an engine, and where it would fit now.")
                .addPositional(argument(0, "MODEL", ABOUT_MODEL))
                .addOption(option("--version", "VERSION", ABOUT_VERSION))
                .addOption(option("--engine", "ENGINE", "llamacpp (the default), vllm, tgi, ollama or custom."))
                .addOption(option("--context", "TOKENS", "Of one sequence."))
                .addOption(option("--parallel", "NUMBER", "Sequences at the same time."))
                .addOption(option("--cache-type", "TYPE", "Of the keys and values, such as q8_0."))
                .addOption(option("--gpus", "NUMBER", "How many it is split over."));
    }

    void run(String word) {
        switch (word) {
            case "list" -> list();
            case "show" -> show();
            case "versions" -> versions();
            case "upload" -> new ModelUpload(client, parsed, environment, err).run(output);
            case "download" -> new ModelDownload(client, parsed, err).run(output);
            case "alias" -> alias();
            case "rm" -> remove();
            default -> estimate();
        }
    }

    /** The path of a model. A name with a slash is looked up, because it cannot stand in one. */
    static String path(ApiClient client, String model) {
        if (!model.contains("/")) {
            return "/api/models/" + ApiClient.encoded(model);
        }
        var found = client.get("/api/models?pageSize=1&name=" + ApiClient.encoded(model))
                .getJsonArray("items");
        if (found.isEmpty()) {
            throw new ApiFailure("model " + model + " does not exist", ApiFailure.NOT_FOUND);
        }
        return "/api/models/" + found.getJsonObject(0).getString("id");
    }

    private String model() {
        return path(client, parsed.matchedPositionalValue(0, ""));
    }

    private void list() {
        var query = new StringBuilder("/api/models");
        for (String filter : new String[] {"text", "task", "state"}) {
            String value = parsed.matchedOptionValue("--" + filter, (String) null);
            if (value != null) {
                query.append(query.indexOf("?") < 0 ? '?' : '&').append(filter).append('=');
                query.append(ApiClient.encoded(value));
            }
        }
        output.list(
                client.list(query.toString()),
                "name",
                new Output.Column("NAME", model -> model.getString("name")),
                new Output.Column("TASK", model -> model.getString("task")),
                new Output.Column("VERSION", model -> newest(model).getInteger("number")),
                new Output.Column("STATE", model -> newest(model).getString("state")),
                new Output.Column("FORMAT", model -> newest(model).getString("format")),
                new Output.Column("SIZE", model -> Output.size(newest(model).getLong("sizeBytes"))),
                new Output.Column("AGE", model -> Output.age(model.getString("createdAt"))));
    }

    private static JsonObject newest(JsonObject model) {
        return model.getJsonObject("newest", new JsonObject());
    }

    private void show() {
        JsonObject model = client.get(model());
        var words = new StringBuilder();
        for (String field : new String[] {"name", "id", "task", "description", "license", "tags", "aliases"}) {
            Object value = model.getValue(field);
            words.append(String.format("%-12s %s%n", field, value == null ? Output.NONE : value));
        }
        JsonObject newest = newest(model);
        words.append(String.format(
                "%-12s %s",
                "newest",
                newest.isEmpty()
                        ? Output.NONE
                        : "version " + newest.getInteger("number") + ", " + newest.getString("state") + ", "
                                + Output.size(newest.getLong("sizeBytes"))));
        output.one(model, "name", words.toString());
    }

    private void versions() {
        String path = model();
        JsonObject aliases = client.get(path).getJsonObject("aliases", new JsonObject());
        output.list(
                client.list(path + "/versions"),
                "number",
                new Output.Column("VERSION", version -> version.getInteger("number")),
                new Output.Column("STATE", version -> version.getString("state")),
                new Output.Column("FILES", version -> version.getInteger("fileCount")),
                new Output.Column("SIZE", version -> Output.size(version.getLong("sizeBytes"))),
                new Output.Column("ALIASES", version -> aliasesOf(aliases, version.getInteger("number"))),
                new Output.Column("AGE", version -> Output.age(version.getString("createdAt"))));
    }

    private static String aliasesOf(JsonObject aliases, Integer number) {
        return String.join(
                ",",
                aliases.fieldNames().stream()
                        .filter(alias -> number.equals(aliases.getInteger(alias)))
                        .sorted()
                        .toList());
    }

    private void alias() {
        String path = model();
        String alias = parsed.matchedPositionalValue(1, "");
        String at = path + "/aliases/" + ApiClient.encoded(alias);
        if (parsed.matchedOptionValue("--rm", false)) {
            client.send("DELETE", at, null);
            output.one(new JsonObject().put("alias", alias), "alias", "alias " + alias + " is removed");
            return;
        }
        String wanted = parsed.matchedPositionalValue(2, "latest");
        Integer number =
                client.get(path + "/versions/" + ApiClient.encoded(wanted)).getInteger("number");
        JsonObject model =
                client.send("PUT", at, new JsonObject().put("version", number)).json();
        output.one(model, "name", alias + " means version " + number + " of " + model.getString("name"));
    }

    private void remove() {
        String version = parsed.matchedOptionValue("--version", (String) null);
        String[] names = parsed.matchedPositionalValue(0, new String[0]);
        if (version != null && names.length > 1) {
            throw new ApiFailure("--version goes with one model", ApiFailure.USAGE);
        }
        ForEachArgument.run(names, err, name -> {
            String what = path(client, name) + (version == null ? "" : "/versions/" + ApiClient.encoded(version));
            client.send("DELETE", what + (parsed.matchedOptionValue("--force", false) ? "?force=true" : ""), null);
            output.one(
                    new JsonObject().put("name", name),
                    "name",
                    (version == null ? "model " : "version " + version + " of ") + name + " is deleted");
        });
    }

    private void estimate() {
        var wanted = new JsonObject();
        text(wanted, "version", "--version");
        text(wanted, "engine", "--engine");
        text(wanted, "cacheType", "--cache-type");
        number(wanted, "context", "--context");
        number(wanted, "parallel", "--parallel");
        var gpus = new JsonObject();
        number(gpus, "count", "--gpus");
        if (!gpus.isEmpty()) {
            wanted.put("gpus", gpus);
        }
        JsonObject said = client.send("POST", model() + "/estimate", wanted).json();
        var words = new StringBuilder();
        words.append("total   ").append(Output.size(said.getLong("totalBytes")));
        words.append("\nhost    ").append(Output.size(said.getLong("memoryBytes")));
        said.getJsonArray("gpuMemoryBytes")
                .forEach(bytes -> words.append("\ngpu     ").append(Output.size((Number) bytes)));
        said.getJsonObject("estimated", new JsonObject())
                .getJsonArray("basis", new JsonArray())
                .forEach(basis -> words.append("\nassumed ").append(basis));
        JsonObject fits = said.getJsonObject("fitsNow", new JsonObject());
        words.append("\nfits    ").append(Boolean.TRUE.equals(fits.getBoolean("fits")) ? "now, on" : "not now");
        fits.getJsonArray("nodes", new JsonArray())
                .forEach(node -> words.append(' ').append(((JsonObject) node).getString("nodeId")));
        output.one(said, "version", words.toString());
    }

    private void text(JsonObject wanted, String field, String option) {
        String value = parsed.matchedOptionValue(option, (String) null);
        if (value != null) {
            wanted.put(field, value);
        }
    }

    private void number(JsonObject wanted, String field, String option) {
        String value = parsed.matchedOptionValue(option, (String) null);
        if (value != null && !value.matches("[0-9]{1,9}")) {
            throw new ApiFailure(option + " must be a number, not " + value, ApiFailure.USAGE);
        }
        if (value != null) {
            wanted.put(field, Integer.valueOf(value));
        }
    }
}
