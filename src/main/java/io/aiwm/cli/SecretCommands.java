package io.aiwm.cli;

import static io.aiwm.cli.ClientCommands.argument;
import static io.aiwm.cli.ClientCommands.arguments;
import static io.aiwm.cli.ClientCommands.command;
import static io.aiwm.cli.ClientCommands.option;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code aiwm secrets}. A value comes from standard input or a file: a process list shows arguments to everyone. */
final class SecretCommands {
    private static final int MOST_BYTES = 64 * 1024;

    private SecretCommands() {}

    static CommandSpec spec() {
        var secrets = ClientCommands.group("Named values that are written and never shown, such as tokens of hubs.");
        secrets.addSubcommand("list", command("Lists secrets, without their values."));
        var set = command("Creates a secret or replaces its value, which is read from standard input without the line"
                        + " break at its end, or from a file as it is.")
                .addPositional(argument(0, "NAME", "Of the secret."))
                .addOption(option("--from-file", "FILE", "Reads the value from this file."))
                .addOption(option("--description", "TEXT", "What it is for."));
        set.usageMessage().footer("", "Example: aiwm secrets set hf < token.txt");
        secrets.addSubcommand("set", set);
        secrets.addSubcommand(
                "rm",
                command("Deletes secrets. Refused while something uses one.")
                        .addPositional(arguments("NAME", "Of a secret."))
                        .addOption(option("--force", "Also when something uses it.")));
        return secrets;
    }

    static void run(
            String word,
            ParseResult parsed,
            Map<String, String> environment,
            InputStream in,
            PrintWriter out,
            PrintWriter err) {
        var output = new Output(out, parsed);
        switch (word) {
            case "list" -> list(Connection.open(parsed, environment), output);
            case "set" -> set(parsed, environment, in, output);
            default -> {
                ApiClient client = Connection.open(parsed, environment);
                String force = parsed.matchedOptionValue("--force", false) ? "?force=true" : "";
                ForEachArgument.run(parsed.matchedPositionalValue(0, new String[0]), err, name -> {
                    client.send("DELETE", "/api/secrets/" + ApiClient.encoded(name) + force, null);
                    output.one(new JsonObject().put("name", name), "name", "secret " + name + " is deleted");
                });
            }
        }
    }

    private static void list(ApiClient client, Output output) {
        output.list(
                client.list("/api/secrets"),
                "name",
                new Output.Column("NAME", secret -> secret.getString("name")),
                new Output.Column("VERSION", secret -> secret.getInteger("version")),
                new Output.Column("READABLE", secret -> secret.getBoolean("readable")),
                new Output.Column("UPDATED-BY", secret -> secret.getString("updatedBy")),
                new Output.Column("DESCRIPTION", secret -> secret.getString("description")),
                new Output.Column("AGE", secret -> Output.age(secret.getString("updatedAt"))));
    }

    private static void set(ParseResult parsed, Map<String, String> environment, InputStream in, Output output) {
        String name = parsed.matchedPositionalValue(0, "");
        var body = new JsonObject().put("value", value(parsed.matchedOptionValue("--from-file", (String) null), in));
        String description = parsed.matchedOptionValue("--description", (String) null);
        if (description != null) {
            body.put("description", description);
        }
        JsonObject stored = Connection.open(parsed, environment)
                .send("PUT", "/api/secrets/" + ApiClient.encoded(name), body)
                .json();
        output.one(stored, "name", "secret " + name + " has version " + stored.getInteger("version"));
    }

    private static String value(String file, InputStream in) {
        try {
            byte[] bytes;
            if (file == null) {
                bytes = in.readNBytes(MOST_BYTES + 3);
            } else {
                try (InputStream content = Files.newInputStream(Path.of(file))) {
                    bytes = content.readNBytes(MOST_BYTES + 1);
                }
            }
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            String value = file == null ? text.replaceFirst("\r?\n\\z", "") : text;
            if (value.isEmpty()) {
                throw new ApiFailure("the value is empty", ApiFailure.USAGE);
            }
            if (value.getBytes(StandardCharsets.UTF_8).length > MOST_BYTES) {
                throw new ApiFailure("the value has more than " + MOST_BYTES + " bytes", ApiFailure.USAGE);
            }
            return value;
        } catch (CharacterCodingException notText) {
            throw new ApiFailure("the value is not text in UTF-8", ApiFailure.USAGE);
        } catch (IOException unreadable) {
            throw new ApiFailure("the value cannot be read" + (file == null ? "" : " from " + file));
        }
    }
}
