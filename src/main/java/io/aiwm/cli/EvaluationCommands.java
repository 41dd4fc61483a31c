package io.aiwm.cli;

import static io.aiwm.cli.ClientCommands.argument;
import static io.aiwm.cli.ClientCommands.command;
import static io.aiwm.cli.ClientCommands.option;
import static io.aiwm.cli.ClientCommands.options;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code aiwm evaluations}: sets of prompts, their runs, and how candidates fared. */
final class EvaluationCommands {
    private static final String CANDIDATE = "--candidate";
    private static final String JUDGE = "--judge";
    private static final String PARALLEL = "--parallel";
    private static final String WAIT = "--wait";
    private static final String DIFFERING = "--differing";
    private static final String CSV = "--csv";
    private static final Duration ANSWER = Duration.ofSeconds(60);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    private static final List<String> ENDED = List.of("COMPLETED", "FAILED", "TIMEOUT", "CANCELLED", "DELETED");

    private final ApiClient client;
    private final ParseResult parsed;
    private final PrintWriter out;
    private final Output output;

    EvaluationCommands(ApiClient client, ParseResult parsed, PrintWriter out) {
        this.client = client;
        this.parsed = parsed;
        this.out = out;
        this.output = new Output(out, parsed);
    }

    static CommandSpec spec() {
        var evaluations = ClientCommands.group("Evaluations of agents: prompts with expectations, and their runs.");
        evaluations.addSubcommand("list", command("Lists evaluations."));
        var run = command("Runs an evaluation with one or two candidates.")
                .addPositional(argument(0, "EVALUATION", "Its name or id."))
                .addOption(options(
                        CANDIDATE,
                        "AGENT[@VERSION][=MODEL]",
                        "An agent; a version of its instruction, and a model, instead of its own."))
                .addOption(option(JUDGE, "MODEL", "Judges the expectations that a model has to."))
                .addOption(option(PARALLEL, "NUMBER", "Turns at once."))
                .addOption(option(WAIT, "Waits for the end, and prints the results."));
        run.usageMessage()
                .footer(
                        "",
                        "Example: aiwm evaluations run weather --candidate traveller@1 --candidate traveller@2 --wait");
        evaluations.addSubcommand("run", run);
        evaluations.addSubcommand(
                "runs",
                command("Lists runs, newest first.")
                        .addPositional(PositionalParamSpec.builder()
                                .index("0")
                                .arity("0..1")
                                .type(String.class)
                                .paramLabel("EVALUATION")
                                .description("Those of this one.")
                                .build()));
        evaluations.addSubcommand(
                "results",
                command("Shows what each candidate answered, case by case.")
                        .addPositional(argument(0, "RUN", "Its id."))
                        .addOption(option(DIFFERING, "The cases that one candidate alone passes."))
                        .addOption(option(CSV, "Prints CSV, with the answers.")));
        evaluations.addSubcommand(
                "cancel", command("Ends a run and keeps its results.").addPositional(argument(0, "RUN", "Its id.")));
        return evaluations;
    }

    void run(String word) {
        String first = ApiClient.encoded(parsed.matchedPositionalValue(0, ""));
        switch (word) {
            case "list" -> list();
            case "run" -> begin(first);
            case "runs" -> runs(first);
            case "results" -> results(first);
            default -> {
                JsonObject now = client.send("POST", "/api/evaluation-runs/" + first + "/cancel", new JsonObject())
                        .json();
                output.one(now, "executionId", "the run ends");
            }
        }
    }

    private void list() {
        output.list(
                client.list("/api/evaluations"),
                "name",
                new Output.Column("NAME", one -> one.getString("name")),
                new Output.Column(
                        "CASES",
                        one -> one.getJsonArray("cases", new JsonArray()).size()),
                new Output.Column("ACTIVE", one -> one.getBoolean("isActive")),
                new Output.Column("UPDATED-BY", one -> one.getString("updatedBy")),
                new Output.Column("AGE", one -> Output.age(one.getString("createdAt"))));
    }

    private void runs(String evaluation) {
        String of = evaluation.isEmpty()
                ? ""
                : "?evaluationId="
                        + client.get("/api/evaluations/" + evaluation).getString("id");
        output.list(
                client.list("/api/evaluation-runs" + of),
                "id",
                new Output.Column("ID", one -> one.getString("id")),
                new Output.Column("EVALUATION", one -> one.getString("evaluationName")),
                new Output.Column("STATUS", one -> one.getString("status")),
                new Output.Column("PROGRESS", one -> one.getInteger("progress")),
                new Output.Column("USER", one -> one.getString("user")),
                new Output.Column("AGE", one -> Output.age(one.getString("createdAt"))));
    }

    private void begin(String evaluation) {
        var candidates = new JsonArray();
        for (String each : parsed.matchedOptionValue(CANDIDATE, new String[0])) {
            candidates.add(candidate(each));
        }
        if (candidates.isEmpty() || candidates.size() > 2) {
            throw new ApiFailure(CANDIDATE + " is given once or twice", ApiFailure.USAGE);
        }
        var wanted = new JsonObject().put("candidates", candidates);
        String judge = parsed.matchedOptionValue(JUDGE, (String) null);
        if (judge != null) {
            wanted.put("judge", judge);
        }
        String parallel = parsed.matchedOptionValue(PARALLEL, (String) null);
        if (parallel != null) {
            wanted.put("parallel", number(parallel, PARALLEL));
        }
        JsonObject run = client.send(
                        "POST",
                        "/api/evaluations/" + evaluation + "/runs",
                        BodyPublishers.ofString(wanted.encode()),
                        ANSWER,
                        "Content-Type",
                        "application/json",
                        "Idempotency-Key",
                        UUID.randomUUID().toString())
                .json();
        if (parsed.matchedOptionValue(WAIT, false)) {
            ended(run.getString("id"));
        } else {
            output.one(run, "id", "run " + run.getString("id") + " has begun");
        }
    }

    /** {@code AGENT[@VERSION][=MODEL]}; a model may have an @ of its own. */
    private static JsonObject candidate(String text) {
        int model = text.indexOf('=');
        String agent = model < 0 ? text : text.substring(0, model);
        int version = agent.indexOf('@');
        var candidate = new JsonObject().put("agentId", version < 0 ? agent : agent.substring(0, version));
        if (version >= 0) {
            candidate.put("instructionVersion", number(agent.substring(version + 1), CANDIDATE));
        }
        return model < 0 ? candidate : candidate.put("model", text.substring(model + 1));
    }

    private static int number(String text, String option) {
        try {
            return Integer.parseUnsignedInt(text);
        } catch (NumberFormatException wrong) {
            throw new ApiFailure(option + ": " + Output.plain(text) + " is no number", ApiFailure.USAGE);
        }
    }

    private void ended(String id) {
        JsonObject run = client.get("/api/evaluation-runs/" + id);
        while (!ENDED.contains(run.getString("status"))) {
            try {
                Thread.sleep(LOOK_EVERY.toMillis());
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new ApiFailure("interrupted");
            }
            run = client.get("/api/evaluation-runs/" + id);
        }
        results(id);
        if (!run.getString("status").equals("COMPLETED")) {
            throw new ApiFailure("the run is " + run.getString("status")
                    + (run.getString("error") == null ? "" : ": " + Output.plain(run.getString("error"))));
        }
    }

    private void results(String id) {
        String path =
                "/api/evaluation-runs/" + id + "/results?differing=" + parsed.matchedOptionValue(DIFFERING, false);
        if (parsed.matchedOptionValue(CSV, false)) {
            out.print(client.send("GET", path + "&format=csv", null).http().body());
            return;
        }
        JsonObject table = client.get(path);
        if (Output.isJson(parsed)) {
            output.one(table, "runId", "");
            return;
        }
        var cases = new ArrayList<JsonObject>();
        table.getJsonArray("cases").forEach(each -> cases.add((JsonObject) each));
        var columns = new ArrayList<Output.Column>();
        columns.add(new Output.Column("CASE", one -> one.getString("name")));
        JsonArray candidates = table.getJsonArray("candidates");
        for (int i = 0; i < candidates.size(); i++) {
            int at = i;
            String name = candidates.getJsonObject(i).getString("name").replace(' ', '-');
            columns.add(new Output.Column(
                    name, one -> verdict(one.getJsonArray("results").getJsonObject(at))));
        }
        columns.add(new Output.Column("CHANGE", one -> one.getString("change")));
        columns.add(new Output.Column("WHY", EvaluationCommands::why));
        output.list(cases, "name", columns.toArray(Output.Column[]::new));
    }

    private static String verdict(JsonObject result) {
        Boolean passed = result.getBoolean("passed");
        return passed == null ? "open" : passed ? "passed" : "failed";
    }

    /** Of the first candidate that did not pass. */
    private static String why(JsonObject one) {
        for (Object each : one.getJsonArray("results")) {
            var result = (JsonObject) each;
            if (Boolean.FALSE.equals(result.getBoolean("passed"))) {
                return Output.cut(result.getString("error", failedCheck(result)));
            }
        }
        return null;
    }

    private static String failedCheck(JsonObject result) {
        for (Object each : result.getJsonArray("checks", new JsonArray())) {
            var check = (JsonObject) each;
            if (Boolean.FALSE.equals(check.getBoolean("passed"))) {
                return check.getString("type") + ": " + check.getString("detail", "not met");
            }
        }
        return null;
    }
}
