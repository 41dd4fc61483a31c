package io.aiwm.cli;

import static io.aiwm.cli.ClientCommands.argument;
import static io.aiwm.cli.ClientCommands.arguments;
import static io.aiwm.cli.ClientCommands.command;
import static io.aiwm.cli.ClientCommands.option;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code aiwm deployments}: what runs, and what is done to it. */
final class DeploymentCommands {
    private static final String AT = "/api/deployments/";
    private static final String ABOUT = "Its name or id.";
    private static final String LABEL = "DEPLOYMENT";

    private final ApiClient client;
    private final ParseResult parsed;
    private final InputStream in;
    private final PrintWriter out;
    private final PrintWriter err;
    private final Output output;

    DeploymentCommands(ApiClient client, ParseResult parsed, InputStream in, PrintWriter out, PrintWriter err) {
        this.client = client;
        this.err = err;
        this.parsed = parsed;
        this.in = in;
        this.out = out;
        this.output = new Output(out, parsed);
    }

    static CommandSpec spec() {
        var group = ClientCommands.group("Deployments: containers that are kept running.");
        group.addSubcommand(
                "list",
                command("Lists deployments.").addOption(option("--status", "STATUS", "Such as RUNNING or FAILED.")));
        group.addSubcommand("get", command("Shows one deployment.").addPositional(argument(0, LABEL, ABOUT)));
        group.addSubcommand(
                "explain",
                command("Says why it has the replicas that it has, and what it waits for.")
                        .addPositional(argument(0, LABEL, ABOUT)));
        var create = command("Creates a deployment from a file of JSON, the body of POST /api/deployments.")
                .addOption(option("-f", "FILE", "The file; - is standard input."));
        create.usageMessage().footer("", "Example: aiwm deployments create -f web.json");
        group.addSubcommand("create", create);
        group.addSubcommand(
                "scale",
                command("Says how many replicas there are to be.")
                        .addPositional(argument(0, LABEL, ABOUT))
                        .addPositional(argument(1, "REPLICAS", "A number.")));
        group.addSubcommand(
                "logs",
                StepLog.addTo(
                        command("Prints what the replicas wrote last.")
                                .addPositional(argument(0, LABEL, ABOUT))
                                .addOption(option("--replica", "INDEX", "This one alone."))
                                .addOption(option("--tail", "LINES", "Of each replica.")),
                        "deployment"));
        group.addSubcommand(
                "rollout",
                command("Says how far the newest update is (status), what there was (history), or brings an earlier"
                                + " generation back (undo).")
                        .addPositional(argument(0, "ACTION", "status, history or undo."))
                        .addPositional(argument(1, LABEL, ABOUT))
                        .addOption(option("--to", "GENERATION", "For undo; the one before unless it is given.")));
        group.addSubcommand(
                "delete",
                command("Deletes deployments and their containers. Refused while an agent or a tool uses one.")
                        .addPositional(arguments(LABEL, ABOUT))
                        .addOption(option("--force", "Also when something uses it.")));
        return group;
    }

    void run(String word) {
        switch (word) {
            case "list" -> list();
            case "get" -> get();
            case "explain" -> explain();
            case "create" -> create();
            case "scale" -> scale();
            case "logs" -> logs();
            case "rollout" -> rollout();
            default -> delete();
        }
    }

    /** The path of a deployment by id or name. Names need not be unique; one that means several is refused. */
    static String path(ApiClient client, String wanted) {
        if (wanted.startsWith("dep_")) {
            return AT + ApiClient.encoded(wanted);
        }
        List<JsonObject> found = client.list("/api/deployments?q=" + ApiClient.encoded(wanted)).stream()
                .filter(one -> wanted.equals(one.getString("name")))
                .toList();
        if (found.isEmpty()) {
            throw new ApiFailure("deployment " + wanted + " does not exist", ApiFailure.NOT_FOUND);
        }
        if (found.size() > 1) {
            throw new ApiFailure("several deployments are called " + wanted + "; give an id", ApiFailure.USAGE);
        }
        return AT + found.get(0).getString("id");
    }

    private String path(String wanted) {
        return path(client, wanted);
    }

    private String path() {
        return path(parsed.matchedPositionalValue(0, ""));
    }

    private void list() {
        String status = parsed.matchedOptionValue("--status", (String) null);
        output.list(
                client.list("/api/deployments" + (status == null ? "" : "?status=" + ApiClient.encoded(status))),
                "id",
                new Output.Column("NAME", one -> one.getString("name")),
                new Output.Column("ID", one -> one.getString("id")),
                new Output.Column("READY", DeploymentCommands::ready),
                new Output.Column("STATUS", one -> one.getString("status")),
                new Output.Column("GENERATION", one -> one.getInteger("generation")),
                new Output.Column("AGE", one -> Output.age(one.getString("createdAt"))));
    }

    private static String ready(JsonObject one) {
        return one.getInteger("readyReplicas") + "/" + one.getInteger("replicas");
    }

    private void explain() {
        JsonObject one = client.get(path() + "/explain");
        output.one(one, "deploymentId", because(one, "status", "message"));
    }

    private void get() {
        JsonObject one = client.get(path());
        var words = new StringBuilder();
        words.append(String.format("%-12s %s%n", "name", one.getString("name")));
        words.append(String.format("%-12s %s%n", "id", one.getString("id")));
        words.append(String.format("%-12s %s%n", "status", because(one, "status", "statusReason")));
        words.append(String.format("%-12s %s", "ready", ready(one)));
        for (Object each : one.getJsonArray("instances", new JsonArray())) {
            var replica = (JsonObject) each;
            words.append(String.format(
                    "%n%-12s %s on %s",
                    "replica " + replica.getInteger("index"),
                    because(replica, "state", "reason"),
                    replica.getString("nodeId") == null ? Output.NONE : replica.getString("nodeId")));
        }
        output.one(one, "id", words.toString());
    }

    private static String because(JsonObject one, String field, String why) {
        String reason = one.getString(why);
        return one.getString(field) + (reason == null ? "" : " (" + reason + ")");
    }

    private void create() {
        String file = parsed.matchedOptionValue("-f", (String) null);
        if (file == null) {
            throw new ApiFailure("create needs -f FILE", ApiFailure.USAGE);
        }
        JsonObject made =
                client.send("POST", "/api/deployments", BodyFile.read(file, in)).json();
        output.one(made, "id", "deployment " + made.getString("name") + " is " + made.getString("id"));
    }

    private void scale() {
        int replicas = number(parsed.matchedPositionalValue(1, ""), "REPLICAS");
        JsonObject scaled = client.send("POST", path() + "/scale", new JsonObject().put("replicas", replicas))
                .json();
        output.one(scaled, "id", "deployment " + scaled.getString("name") + " is to have " + replicas + " replicas");
    }

    private static int number(String text, String label) {
        if (!text.matches("[0-9]{1,6}")) {
            throw new ApiFailure(label + " must be a number, not " + text, ApiFailure.USAGE);
        }
        return Integer.parseInt(text);
    }

    private void logs() {
        var log = new StepLog(client, parsed, out, err);
        var query = new StringBuilder(path()).append("/logs").append(log.query());
        for (String option : new String[] {"replica", "tail"}) {
            String value = parsed.matchedOptionValue("--" + option, (String) null);
            if (value != null) {
                query.append('&').append(option).append('=').append(number(value, "--" + option));
            }
        }
        log.text(query.toString());
    }

    private void rollout() {
        String path = path(parsed.matchedPositionalValue(1, ""));
        switch (parsed.matchedPositionalValue(0, "")) {
            case "status" -> status(client.get(path));
            case "history" -> history(client.get(path + "/history"));
            case "undo" -> {
                var body = new JsonObject();
                String to = parsed.matchedOptionValue("--to", (String) null);
                if (to != null) {
                    body.put("generation", number(to, "--to"));
                }
                JsonObject undone = client.send("POST", path + "/undo", body).json();
                output.one(
                        undone,
                        "id",
                        "deployment " + undone.getString("name") + " goes to generation "
                                + undone.getInteger("generation"));
            }
            default -> throw new ApiFailure("rollout is followed by status, history or undo", ApiFailure.USAGE);
        }
    }

    private void status(JsonObject one) {
        JsonObject rollout = one.getJsonObject("rollout", new JsonObject());
        String reason = rollout.getString("reason");
        output.one(
                one,
                "id",
                rollout.isEmpty()
                        ? "there was no update"
                        : "generation " + rollout.getInteger("to") + ": " + rollout.getString("state")
                                + (reason == null ? "" : ", " + reason));
    }

    private void history(JsonObject history) {
        output.list(
                history.getJsonArray("items").stream()
                        .map(JsonObject.class::cast)
                        .toList(),
                "generation",
                new Output.Column("GENERATION", one -> one.getInteger("generation")),
                new Output.Column("REPLICAS", one -> one.getInteger("replicas")),
                new Output.Column(
                        "IMAGE",
                        one -> one.getJsonObject("spec", new JsonObject()).getString("image")),
                new Output.Column("BY", one -> one.getString("actor")),
                new Output.Column("AGE", one -> Output.age(one.getString("at"))));
    }

    private void delete() {
        String force = parsed.matchedOptionValue("--force", false) ? "?force=true" : "";
        ForEachArgument.run(parsed.matchedPositionalValue(0, new String[0]), err, wanted -> {
            client.send("DELETE", path(wanted) + force, null);
            output.one(new JsonObject().put("id", wanted), "id", "deployment " + wanted + " is being deleted");
        });
    }
}
