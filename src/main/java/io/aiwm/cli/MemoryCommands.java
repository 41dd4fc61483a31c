package io.aiwm.cli;

import static io.aiwm.cli.ClientCommands.argument;
import static io.aiwm.cli.ClientCommands.command;
import static io.aiwm.cli.ClientCommands.option;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code aiwm memory}: what agents noted about the user. */
final class MemoryCommands {
    private static final String ALL = "--all";
    private static final String USER = "--user";

    private MemoryCommands() {}

    static CommandSpec spec() {
        var memory = ClientCommands.group("What agents noted about you.");
        memory.addSubcommand(
                "list", command("Lists what an agent noted.").addPositional(argument(0, "AGENT", "Its name or id.")));
        memory.addSubcommand(
                "delete",
                command("Deletes notes of an agent.")
                        .addPositional(argument(0, "AGENT", "Its name or id."))
                        .addPositional(PositionalParamSpec.builder()
                                .index("1..*")
                                .arity("0..*")
                                .type(String[].class)
                                .paramLabel("KEY")
                                .description("Of a note.")
                                .build())
                        .addOption(option(ALL, "All of them."))
                        .addOption(option(USER, "NAME", "Those about this user. For administrators.")));
        return memory;
    }

    static void run(String word, ApiClient client, ParseResult parsed, PrintWriter out, PrintWriter err) {
        var output = new Output(out, parsed);
        String path = "/api/agents/" + ApiClient.encoded(parsed.matchedPositionalValue(0, "")) + "/memory";
        if (word.equals("list")) {
            output.list(
                    client.list(path),
                    "key",
                    new Output.Column("KEY", note -> note.getString("key")),
                    new Output.Column("TAGS", note -> words(note.getJsonArray("tags"))),
                    new Output.Column("TEXT", note -> Output.cut(note.getString("text"))),
                    new Output.Column("AGE", note -> Output.age(note.getString("updatedAt"))));
            return;
        }
        String[] keys = parsed.matchedPositionalValue(1, new String[0]);
        boolean all = parsed.matchedOptionValue(ALL, false);
        if (all == (keys.length > 0)) {
            throw new ApiFailure("give the keys of notes, or " + ALL, ApiFailure.USAGE);
        }
        String user = parsed.matchedOptionValue(USER, (String) null);
        String of = user == null ? "" : "?user=" + ApiClient.encoded(user);
        if (all) {
            client.send("DELETE", path + of, null);
            output.one(new JsonObject().put("deleted", "all"), "deleted", "all notes are deleted");
        }
        ForEachArgument.run(keys, err, key -> {
            client.send("DELETE", path + "/" + ApiClient.encoded(key) + of, null);
            output.one(new JsonObject().put("key", key), "key", "note " + Output.plain(key) + " is deleted");
        });
    }

    private static String words(JsonArray tags) {
        return tags == null ? null : tags.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
