package io.aiwm.cli;

import static io.aiwm.cli.ClientCommands.argument;
import static io.aiwm.cli.ClientCommands.arguments;
import static io.aiwm.cli.ClientCommands.command;
import static io.aiwm.cli.ClientCommands.option;
import static io.aiwm.cli.ClientCommands.options;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code aiwm executions}: what runs and ran, step by step; jobs are executions, too. */
final class ExecutionCommands {
    private static final String AT = "/api/executions/";
    private static final String ID = "EXECUTION";
    private static final String STEP = "--step";
    private static final String FROM = "--from";
    private static final String ALL = "--all";
    private static final String FOLLOW = "--follow";
    private static final String REASON = "--reason";
    private static final String COUNT = "--count";
    private static final String TAIL = "--tail";
    private static final List<String> FILTERS = List.of("status", "name", "category");
    private static final int SHOWN = 50;
    static final int MOST_SHOWN = 10_000;
    private static final int MOST_STEP = 9_999;

    private final ApiClient client;
    private final ParseResult parsed;
    private final PrintWriter out;
    private final PrintWriter err;
    private final Output output;

    ExecutionCommands(ApiClient client, ParseResult parsed, PrintWriter out, PrintWriter err) {
        this.err = err;
        this.client = client;
        this.parsed = parsed;
        this.out = out;
        this.output = new Output(out, parsed);
    }

    static CommandSpec spec() {
        var executions = ClientCommands.group("Executions: work of one step or several, jobs among them.");
        executions.addSubcommand(
                "list",
                command("Lists executions, newest first.")
                        .addOption(options("--status", "STATUS", "Such as RUNNING or FAILED; several are any of them."))
                        .addOption(options("--name", "NAME", "Exactly this name."))
                        .addOption(option("--text", "TEXT", "Those with this in the name."))
                        .addOption(options("--category", "WORD", "Such as job, deployment, custom."))
                        .addOption(option("--node", "NODE", "That have or had a step there."))
                        .addOption(option(COUNT, "N", "So many: " + SHOWN + " unless given.")));
        executions.addSubcommand(
                "show", command("Shows one, and its steps.").addPositional(argument(0, ID, "Its id.")));
        executions.addSubcommand(
                "follow",
                command("Prints each change of the steps of one until it has ended. Exit code 0: it completed.")
                        .addPositional(argument(0, ID, "Its id.")));
        executions.addSubcommand(
                "logs",
                StepLog.addTo(
                        command("Prints what the program of a step has printed.")
                                .addPositional(argument(0, ID, "Its id."))
                                .addOption(option(STEP, "NUMBER", "Which step, from 0; 0 unless given."))
                                .addOption(option(TAIL, "N", "The last lines alone.")),
                        "step"));
        executions.addSubcommand(
                "start",
                command("Starts one that was made without being started.")
                        .addPositional(argument(0, ID, "Its id."))
                        .addOption(option(FOLLOW, "Then as follow does.")));
        executions.addSubcommand(
                "cancel",
                command("Cancels executions: what waits is dropped, what runs is stopped.")
                        .addPositional(arguments(ID, "Ids."))
                        .addOption(option(REASON, "TEXT", "Why.")));
        var retry = command("Runs steps of one that has ended again: those that did not complete, unless told.")
                .addPositional(argument(0, ID, "Its id."))
                .addOption(options(
                        STEP, "NUMBER", "This step, and of those after it what did not complete. Several times: each."))
                .addOption(option(FROM, "NUMBER", "This step and every step after it."))
                .addOption(option(ALL, "Every step."))
                .addOption(option(FOLLOW, "Then as follow does."));
        retry.usageMessage()
                .footer("", "Example: aiwm executions retry ex_01kb3v4n6d8x5m2q7t4w9y0a1b --step 2 --follow");
        executions.addSubcommand("retry", retry);
        return executions;
    }

    void run(String word) {
        switch (word) {
            case "list" -> list();
            case "show" -> show(client.get(path()));
            case "follow" -> follow();
            case "logs" -> logs();
            case "start" -> begun(client.send("POST", path() + "/start", null).json(), "has begun");
            case "cancel" -> cancel();
            default -> retry();
        }
    }

    private String id() {
        return parsed.matchedPositionalValue(0, "");
    }

    private String path() {
        return AT + ApiClient.encoded(id());
    }

    private void list() {
        int wanted = number(parsed.matchedOptionValue(COUNT, Integer.toString(SHOWN)), COUNT, MOST_SHOWN);
        var query = new StringBuilder(AT.substring(0, AT.length() - 1)).append('?');
        FILTERS.forEach(filter -> ClientCommands.filter(query, parsed, "--" + filter, filter));
        ClientCommands.named(query, parsed);
        ClientCommands.filterOne(query, parsed, "--node", "nodeId");
        output.list(
                client.first(query.toString(), wanted),
                "id",
                new Output.Column("ID", one -> one.getString("id")),
                new Output.Column("NAME", one -> Output.cut(one.getString("name"))),
                new Output.Column("CATEGORY", one -> one.getString("category")),
                new Output.Column("STATUS", one -> one.getString("status")),
                new Output.Column("STEPS", ExecutionCommands::completed),
                new Output.Column("AGE", one -> Output.age(one.getString("createdAt"))));
    }

    private static String completed(JsonObject one) {
        List<JsonObject> steps = steps(one);
        long completed = steps.stream()
                .filter(step -> "COMPLETED".equals(step.getString("status")))
                .count();
        return completed + "/" + steps.size();
    }

    static List<JsonObject> steps(JsonObject one) {
        return one.getJsonArray("steps", new JsonArray()).stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    private void show(JsonObject one) {
        if (!output.isTable()) {
            output.one(one, "id", "");
            return;
        }
        output.one(one, "id", words(one));
        output.list(
                steps(one),
                "index",
                new Output.Column("STEP", step -> step.getInteger("index")),
                new Output.Column("NAME", ExecutionCommands::name),
                new Output.Column("STATUS", step -> step.getString("status")),
                new Output.Column("TRY", step -> step.getInteger("attempt")),
                new Output.Column("NODE", step -> step.getString("nodeId")),
                new Output.Column("TOOK", ExecutionCommands::took),
                new Output.Column("WHY", step -> Output.cut(why(step))));
    }

    private static String words(JsonObject one) {
        String why = why(one);
        return one.getString("id") + " " + one.getString("name", "without a name") + " is " + one.getString("status")
                + (why == null ? "" : ": " + why);
    }

    static String name(JsonObject step) {
        return Output.cut(step.getString("name", step.getString("command")));
    }

    /** Its error, or what it does or waits for; null: nothing to say. */
    static String why(JsonObject one) {
        JsonObject error = one.getJsonObject("error");
        return error == null ? one.getString("message", one.getString("cancelReason")) : error.getString("message");
    }

    static String took(JsonObject step) {
        String from = step.getString("startedAt");
        if (from == null) {
            return null;
        }
        String to = step.getString("finishedAt");
        var time = Duration.between(Instant.parse(from), to == null ? Instant.now() : Instant.parse(to));
        return time.toSeconds() < 10 ? Math.max(0, time.toMillis()) + "ms" : time.toSeconds() + "s";
    }

    private void follow() {
        new ExecutionWatch(client, output, out).run(id());
    }

    /** Says what was done, or follows it. */
    private void begun(JsonObject one, String words) {
        if (parsed.matchedOptionValue(FOLLOW, false)) {
            follow();
        } else {
            output.one(one, "id", "execution " + one.getString("id") + " " + words);
        }
    }

    private void logs() {
        int step = number(parsed.matchedOptionValue(STEP, "0"), STEP, MOST_STEP);
        String tail = parsed.matchedOptionValue(TAIL, (String) null);
        var log = new StepLog(client, parsed, out, err);
        String from = path() + "/steps/" + step + "/logs" + log.query()
                + (tail == null ? "" : "&tail=" + number(tail, TAIL, MOST_SHOWN));
        if (Output.isJson(parsed)) {
            log.json(from);
        } else {
            log.text(from);
        }
    }

    private void cancel() {
        String reason = parsed.matchedOptionValue(REASON, (String) null);
        JsonObject body = reason == null ? null : new JsonObject().put("reason", reason);
        ForEachArgument.run(parsed.matchedPositionalValue(0, new String[0]), err, wanted -> {
            JsonObject one = client.send("POST", AT + ApiClient.encoded(wanted) + "/cancel", body)
                    .json();
            output.one(
                    one,
                    "id",
                    "execution " + wanted + " is "
                            + ("CANCELLED".equals(one.getString("status")) ? "cancelled" : "being cancelled"));
        });
    }

    private void retry() {
        var body = new JsonObject();
        String[] steps = parsed.matchedOptionValue(STEP, new String[0]);
        String from = parsed.matchedOptionValue(FROM, (String) null);
        boolean all = parsed.matchedOptionValue(ALL, false);
        if ((steps.length > 0 ? 1 : 0) + (from == null ? 0 : 1) + (all ? 1 : 0) > 1) {
            throw new ApiFailure(STEP + ", " + FROM + " and " + ALL + " exclude each other", ApiFailure.USAGE);
        }
        if (steps.length > 0) {
            var chosen = new JsonArray();
            for (String step : steps) {
                chosen.add(number(step, STEP, MOST_STEP));
            }
            body.put("steps", chosen);
        }
        if (from != null) {
            body.put("from", number(from, FROM, MOST_STEP));
        }
        if (all) {
            body.put("resetCompleted", true);
        }
        begun(client.send("POST", path() + "/retry", body).json(), "runs again");
    }

    static int number(String text, String option, int most) {
        try {
            int value = Integer.parseUnsignedInt(text);
            if (value >= 0 && value <= most) {
                return value;
            }
        } catch (NumberFormatException wrong) {
            // said below
        }
        throw new ApiFailure(
                option + " is a number from 0 to " + most + ", not " + Output.plain(text), ApiFailure.USAGE);
    }
}
