package io.aiwm.cli;

import static io.aiwm.cli.ClientCommands.command;
import static io.aiwm.cli.ClientCommands.option;

import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code aiwm usage}: what calls of models used. */
final class UsageCommand {
    private static final List<String> GROUPS =
            List.of("key", "user", "team", "model", "deployment", "endpoint", "node", "hour", "day");
    private static final String BY = "--by";
    private static final String FROM = "--from";
    private static final String TO = "--to";
    private static final String CSV = "--csv";

    private UsageCommand() {}

    static CommandSpec spec() {
        var usage = command("What calls of models used: your own, for an administrator everyone's.")
                .addOption(option(
                        BY, "WHAT", "model (the default), " + String.join(", ", GROUPS) + "; or several: team,day."))
                .addOption(
                        option(FROM, "TIME", "Since when: 2026-11-01 or 2026-11-01T10:00:00Z; a day ago unless given."))
                .addOption(option(TO, "TIME", "Until when; now unless given."))
                .addOption(option(CSV, "Prints CSV."));
        usage.usageMessage().footer("", "Example: aiwm usage --by team,day --from 2026-11-01 --csv");
        return usage;
    }

    static void run(ApiClient client, ParseResult parsed, PrintWriter out) {
        List<String> by = groups(parsed.matchedOptionValue(BY, "model"));
        var path = new StringBuilder("/api/usage?groupBy=" + String.join(",", by));
        time(path, "from", parsed.matchedOptionValue(FROM, null));
        time(path, "to", parsed.matchedOptionValue(TO, null));
        if (parsed.matchedOptionValue(CSV, false)) {
            out.print(client.send("GET", path.append("&format=csv").toString(), null)
                    .http()
                    .body());
            return;
        }
        var lines = new ArrayList<JsonObject>();
        client.get(path.toString()).getJsonArray("items").forEach(line -> lines.add((JsonObject) line));
        var columns = new ArrayList<Output.Column>();
        by.forEach(
                group -> columns.add(new Output.Column(group.toUpperCase(Locale.ROOT), one -> one.getString(group))));
        columns.add(new Output.Column("CALLS", one -> one.getLong("calls")));
        columns.add(new Output.Column("ERRORS", one -> one.getLong("errors")));
        columns.add(new Output.Column("PROMPT-TOKENS", one -> one.getLong("promptTokens")));
        columns.add(new Output.Column("ANSWER-TOKENS", one -> one.getLong("completionTokens")));
        columns.add(new Output.Column("TOKENS", one -> one.getLong("totalTokens")));
        new Output(out, parsed).list(lines, by.get(0), columns.toArray(Output.Column[]::new));
    }

    private static List<String> groups(String text) {
        List<String> by = List.of(text.toLowerCase(Locale.ROOT).split(",", -1));
        for (String each : by) {
            if (!GROUPS.contains(each)) {
                throw new ApiFailure(BY + " is one or several of " + String.join(", ", GROUPS), ApiFailure.USAGE);
            }
        }
        return by;
    }

    /** @param text null: not given */
    private static void time(StringBuilder path, String name, String text) {
        if (text == null) {
            return;
        }
        try {
            Instant time = text.length() == 10
                    ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : Instant.parse(text);
            path.append('&').append(name).append('=').append(ApiClient.encoded(time.toString()));
        } catch (DateTimeParseException wrong) {
            throw new ApiFailure(
                    "--" + name + " is a day such as 2026-11-01 or a time such as 2026-11-01T10:00:00Z",
                    ApiFailure.USAGE);
        }
    }
}
