package io.aiwm.cli;

import static io.aiwm.cli.ClientCommands.argument;
import static io.aiwm.cli.ClientCommands.arguments;
import static io.aiwm.cli.ClientCommands.command;
import static io.aiwm.cli.ClientCommands.option;
import static io.aiwm.cli.ClientCommands.options;
import static io.aiwm.cli.ExecutionCommands.number;

import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code aiwm jobs}: programs that are run to their end. */
final class JobCommands {
    private static final String AT = "/api/jobs";
    private static final String ID = "JOB";
    private static final String ABOUT = "Its id.";
    private static final String COUNT = "--count";
    private static final String TAIL = "--tail";
    private static final String ATTEMPT = "--attempt";
    private static final String REASON = "--reason";
    private static final int SHOWN = 50;
    private static final int MOST_SHOWN = 10_000;
    private static final int MOST_ATTEMPT = 1_000_000;

    private final ApiClient client;
    private final ParseResult parsed;
    private final InputStream in;
    private final PrintWriter out;
    private final PrintWriter err;
    private final Output output;

    JobCommands(ApiClient client, ParseResult parsed, InputStream in, PrintWriter out, PrintWriter err) {
        this.client = client;
        this.parsed = parsed;
        this.in = in;
        this.out = out;
        this.err = err;
        this.output = new Output(out, parsed);
    }

    static CommandSpec spec() {
        var jobs = ClientCommands.group("Jobs: programs that are run to their end.");
        jobs.addSubcommand(
                "list",
                command("Lists jobs, newest first; an array is one.")
                        .addOption(options("--status", "STATUS", "Such as QUEUED or FAILED; several are any of them."))
                        .addOption(options("--name", "NAME", "Exactly this name."))
                        .addOption(option("--text", "TEXT", "Those with this in the name."))
                        .addOption(options("--node", "NODE", "Where the newest attempt is or was."))
                        .addOption(options("--schedule", "SCHEDULE", "That this schedule made."))
                        .addOption(option(COUNT, "N", "So many: " + SHOWN + " unless given.")));
        jobs.addSubcommand(
                "show",
                command("Shows one: what it waits for or came to, and its attempts.")
                        .addPositional(argument(0, ID, ABOUT)));
        jobs.addSubcommand(
                "logs",
                StepLog.addTo(
                        command("Prints what its program has printed.")
                                .addPositional(argument(0, ID, ABOUT + " Of an array, that of a task."))
                                .addOption(option(ATTEMPT, "NUMBER", "From 1; the newest unless given."))
                                .addOption(option(TAIL, "N", "The last lines alone.")),
                        "job"));
        jobs.addSubcommand("submit", JobSubmission.spec());
        jobs.addSubcommand(
                "cancel",
                command("Cancels jobs: one that waits is dropped, one that runs is stopped.")
                        .addPositional(arguments(ID, "Ids."))
                        .addOption(option(REASON, "TEXT", "Why.")));
        jobs.addSubcommand(
                "retry",
                command("Runs jobs again that did not complete; of an array, the tasks that did not.")
                        .addPositional(arguments(ID, "Ids.")));
        return jobs;
    }

    void run(String word) {
        switch (word) {
            case "list" -> list();
            case "show" -> show(client.get(path(id())));
            case "logs" -> log(path(id()) + "/logs");
            case "submit" -> submit();
            case "cancel" -> cancel();
            default -> retry();
        }
    }

    private String id() {
        return parsed.matchedPositionalValue(0, "");
    }

    private static String path(String id) {
        return AT + "/" + ApiClient.encoded(id);
    }

    private void list() {
        var query = new StringBuilder(AT).append('?');
        ClientCommands.filter(query, parsed, "--status", "status");
        ClientCommands.filter(query, parsed, "--name", "name");
        ClientCommands.named(query, parsed);
        ClientCommands.filter(query, parsed, "--node", "nodeId");
        ClientCommands.filter(query, parsed, "--schedule", "scheduleId");
        int wanted = number(parsed.matchedOptionValue(COUNT, Integer.toString(SHOWN)), COUNT, MOST_SHOWN);
        output.list(
                client.first(query.toString(), wanted),
                "id",
                new Output.Column("ID", one -> one.getString("id")),
                new Output.Column("NAME", one -> Output.cut(one.getString("name"))),
                new Output.Column("STATUS", one -> one.getString("status")),
                new Output.Column("NODE", one -> one.getString("nodeId")),
                new Output.Column("AGE", one -> Output.age(one.getString("createdAt"))),
                new Output.Column("WHY", one -> Output.cut(why(one))));
    }

    /** Its error, or what it waits for or does; null: nothing to say. */
    private static String why(JsonObject job) {
        JsonObject error = job.getJsonObject("error");
        return error != null
                ? error.getString("message")
                : job.getString("waitingReason", job.getString("message", job.getString("cancelReason")));
    }

    private static String words(JsonObject job) {
        String why = why(job);
        JsonObject tasks = job.getJsonObject("array", new JsonObject()).getJsonObject("tasks");
        return "job " + job.getString("id") + " " + job.getString("name", "without a name") + " is "
                + job.getString("status") + (why == null ? "" : ": " + why)
                + (tasks == null
                        ? ""
                        : "; of " + tasks.getInteger("total") + " tasks " + tasks.getInteger("completed")
                                + " are completed and " + tasks.getInteger("failed") + " failed");
    }

    private void show(JsonObject job) {
        output.one(job, "id", words(job));
        if (output.isTable() && job.containsKey("attempts")) {
            output.list(
                    job.getJsonArray("attempts").stream()
                            .map(JsonObject.class::cast)
                            .toList(),
                    "number",
                    new Output.Column("ATTEMPT", one -> one.getInteger("number")),
                    new Output.Column("NODE", one -> one.getString("nodeId")),
                    new Output.Column("OUTCOME", one -> one.getString("outcome")),
                    new Output.Column("TOOK", ExecutionCommands::took),
                    new Output.Column("WHY", one -> Output.cut(ExecutionCommands.why(one))));
        }
    }

    private void log(String path) {
        var log = new StepLog(client, parsed, out, err);
        var from = new StringBuilder(path).append(log.query());
        for (String option : List.of(TAIL, ATTEMPT)) {
            String value = parsed.commandSpec().findOption(option) == null
                    ? null
                    : parsed.matchedOptionValue(option, (String) null);
            if (value != null) {
                int most = option.equals(TAIL) ? MOST_SHOWN : MOST_ATTEMPT;
                from.append('&').append(option.substring(2)).append('=').append(number(value, option, most));
            }
        }
        if (Output.isJson(parsed)) {
            log.json(from.toString());
        } else {
            log.text(from.toString());
        }
    }

    private void submit() {
        JsonObject made = client.create(AT, JobSubmission.body(parsed, in));
        if (!parsed.matchedOptionValue("--follow", false)) {
            output.one(made, "id", "job " + made.getString("id") + " is " + made.getString("status"));
            return;
        }
        String id = made.getString("id");
        log(path(id) + "/logs");
        JsonObject ended = client.get(path(id));
        ApiFailure.unlessCompleted(ended.getString("status"), words(ended));
    }

    private void cancel() {
        String reason = parsed.matchedOptionValue(REASON, (String) null);
        JsonObject body = reason == null ? null : new JsonObject().put("reason", reason);
        each(
                "cancel",
                body,
                job -> "CANCELLED".equals(job.getString("status")) ? "is cancelled" : "is being cancelled");
    }

    private void retry() {
        each("retry", null, job -> "runs again");
    }

    private void each(String action, JsonObject body, Function<JsonObject, String> words) {
        ForEachArgument.run(parsed.matchedPositionalValue(0, new String[0]), err, wanted -> {
            JsonObject job =
                    client.send("POST", path(wanted) + "/" + action, body).json();
            output.one(job, "id", "job " + wanted + " " + words.apply(job));
        });
    }
}
