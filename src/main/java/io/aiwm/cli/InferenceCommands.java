package io.aiwm.cli;

import static io.aiwm.cli.ClientCommands.command;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code aiwm inference}: what can be called at {@code /v1}. */
final class InferenceCommands {
    private InferenceCommands() {}

    static CommandSpec spec() {
        var inference = ClientCommands.group("What can be called at /v1, and under which names.");
        inference.addSubcommand("models", command("Lists what can be called, with its state and its calls."));
        inference.addSubcommand("aliases", command("Lists aliases with their targets and weights."));
        inference.addSubcommand("endpoints", command("Lists services that AIWM does not run."));
        return inference;
    }

    static void run(String word, ApiClient client, ParseResult parsed, PrintWriter out) {
        var output = new Output(out, parsed);
        switch (word) {
            case "models" ->
                output.list(
                        client.list("/api/inference/models"),
                        "name",
                        new Output.Column("NAME", one -> one.getString("name")),
                        new Output.Column("KIND", one -> one.getString("kind")),
                        new Output.Column("MODEL", InferenceCommands::model),
                        new Output.Column("STATE", one -> one.getString("state")),
                        new Output.Column("READY", one -> one.getInteger("ready")),
                        new Output.Column("IN-FLIGHT", one -> one.getInteger("inFlight")),
                        new Output.Column("WAITING", one -> one.getInteger("waiting")));
            case "aliases" ->
                output.list(
                        client.list("/api/inference/aliases"),
                        "name",
                        new Output.Column("NAME", one -> one.getString("name")),
                        new Output.Column("TARGETS", one -> targets(one.getJsonArray("targets"))),
                        new Output.Column("FALLBACK", one -> words(one.getJsonArray("fallback"))),
                        new Output.Column("UNRESOLVED", one -> words(one.getJsonArray("unresolved"))),
                        new Output.Column("AGE", one -> Output.age(one.getString("updatedAt"))));
            default ->
                output.list(
                        client.list("/api/inference/endpoints"),
                        "name",
                        new Output.Column("NAME", one -> one.getString("name")),
                        new Output.Column("URL", one -> one.getString("baseUrl")),
                        new Output.Column("MODEL", one -> one.getString("upstreamModel")),
                        new Output.Column("USABLE", one -> one.getBoolean("usable")),
                        new Output.Column("AGE", one -> Output.age(one.getString("updatedAt"))));
        }
    }

    private static String model(JsonObject one) {
        if (one.getString("kind").equals("alias")) {
            return targets(one.getJsonArray("targets"));
        }
        String model = one.getString("model");
        Integer version = one.getInteger("modelVersion");
        return version == null ? model : model + "@" + version;
    }

    private static String targets(JsonArray targets) {
        return targets.stream()
                .map(JsonObject.class::cast)
                .map(one -> one.getString("to") + "=" + one.getInteger("weight"))
                .collect(Collectors.joining(","));
    }

    /** @param names null: none */
    private static String words(JsonArray names) {
        return names == null ? null : names.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
