package io.aiwm.cli;

import static io.aiwm.cli.ClientCommands.argument;
import static io.aiwm.cli.ClientCommands.arguments;
import static io.aiwm.cli.ClientCommands.command;
import static io.aiwm.cli.ClientCommands.filter;
import static io.aiwm.cli.ClientCommands.filterOne;
import static io.aiwm.cli.ClientCommands.option;
import static io.aiwm.cli.ClientCommands.options;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code aiwm agents}: what there is, conversations with them, and tool calls that wait for a word. */
final class AgentCommands {
    private static final String ABOUT_AGENT = "Its name or id.";
    private static final String ABOUT_TAG = "Those with this tag; several times: with one of them.";
    private static final String TEXT = "--text";
    private static final String TAG = "--tag";
    private static final String ARGUMENTS = "--arguments";
    private static final String REASON = "--reason";
    private static final String AGENT = "--agent";

    private final ApiClient client;
    private final ParseResult parsed;
    private final InputStream in;
    private final PrintWriter out;
    private final PrintWriter err;
    private final Output output;

    AgentCommands(
            ParseResult parsed, Map<String, String> environment, InputStream in, PrintWriter out, PrintWriter err) {
        this.client = Connection.open(parsed, environment);
        this.parsed = parsed;
        this.in = in;
        this.out = out;
        this.err = err;
        this.output = new Output(out, parsed);
    }

    static CommandSpec spec() {
        var agents = ClientCommands.group("Agents, their parts, and conversations with them.");
        for (String what : new String[] {"agents", "instructions", "tools"}) {
            agents.addSubcommand(
                    what.equals("agents") ? "list" : what,
                    command("Lists " + what + ".")
                            .addOption(option(TEXT, "TEXT", "Those with this in name, description or tags."))
                            .addOption(options(TAG, "TAG", ABOUT_TAG)));
        }
        agents.addSubcommand(
                "show",
                command("Shows one agent and what it is made of.").addPositional(argument(0, "AGENT", ABOUT_AGENT)));
        agents.addSubcommand(
                "conversations",
                command("Lists your conversations, newest first.")
                        .addOption(option(AGENT, "AGENT", "Those with this one."))
                        .addOption(option(TEXT, "TEXT", "Those with this in title or tags."))
                        .addOption(options(TAG, "TAG", ABOUT_TAG)));
        agents.addSubcommand("chat", AgentChat.spec());
        agents.addSubcommand("approvals", command("Lists tool calls that wait for your word."));
        agents.addSubcommand(
                "approve",
                command("Lets tool calls be made.")
                        .addPositional(arguments("APPROVAL", "The id of a waiting call."))
                        .addOption(option(ARGUMENTS, "JSON", "With these instead of those of the model.")));
        agents.addSubcommand(
                "deny",
                command("Refuses tool calls.")
                        .addPositional(arguments("APPROVAL", "The id of a waiting call."))
                        .addOption(option(REASON, "TEXT", "Told to the model.")));
        return agents;
    }

    void run(String word) {
        switch (word) {
            case "list" -> agents();
            case "instructions" -> instructions();
            case "tools" -> tools();
            case "show" -> show();
            case "conversations" -> conversations();
            case "chat" -> new AgentChat(client, parsed, in, out, err).run();
            case "approvals" -> approvals();
            default -> decide(word);
        }
    }

    private String filtered(String path) {
        var query = new StringBuilder(path).append('?');
        filterOne(query, parsed, TEXT, "text");
        filter(query, parsed, TAG, "tag");
        return query.substring(0, query.length() - 1);
    }

    private void agents() {
        output.list(
                client.list(filtered("/api/agents")),
                "name",
                new Output.Column("NAME", one -> one.getString("name")),
                new Output.Column("MODEL", one -> one.getString("model")),
                new Output.Column(
                        "TOOLS",
                        one -> one.getJsonArray("toolIds", new JsonArray()).size()),
                new Output.Column("ACTIVE", one -> one.getBoolean("isActive")),
                new Output.Column("ID", one -> one.getString("id")),
                new Output.Column("AGE", one -> Output.age(one.getString("createdAt"))));
    }

    private void instructions() {
        output.list(
                client.list(filtered("/api/instructions")),
                "name",
                new Output.Column("NAME", one -> one.getString("name")),
                new Output.Column("VERSION", one -> one.getInteger("number")),
                new Output.Column("ACTIVE", one -> one.getBoolean("isActive")),
                new Output.Column("UPDATED-BY", one -> one.getString("updatedBy")),
                new Output.Column("AGE", one -> Output.age(one.getString("createdAt"))));
    }

    private void tools() {
        output.list(
                client.list(filtered("/api/tools")),
                "name",
                new Output.Column("NAME", one -> one.getString("name")),
                new Output.Column("KIND", one -> one.getString("kind")),
                new Output.Column("APPROVAL", one -> one.getString("approval")),
                new Output.Column("ACTIVE", one -> one.getBoolean("isActive")),
                new Output.Column("AGE", one -> Output.age(one.getString("createdAt"))));
    }

    private void show() {
        JsonObject agent = client.get("/api/agents/" + ApiClient.encoded(parsed.matchedPositionalValue(0, ""))
                + "?populate=instruction,tools,model");
        var words = new StringBuilder();
        line(words, "name", agent.getValue("name"));
        line(words, "id", agent.getValue("id"));
        line(words, "description", agent.getValue("description"));
        JsonObject instruction = agent.getJsonObject("instruction", new JsonObject());
        line(words, "instruction", instruction.getString("name"));
        line(words, "version", agent.getInteger("instructionVersion", instruction.getInteger("number")));
        line(
                words,
                "tools",
                agent.getJsonArray("tools", new JsonArray()).stream()
                        .map(tool -> ((JsonObject) tool).getString("name"))
                        .collect(Collectors.joining(", ")));
        line(words, "model", agent.getValue("model"));
        line(words, "callable", agent.getValue("modelCallable"));
        line(
                words,
                "leads to",
                agent.getJsonObject("resolvedModel", new JsonObject()).getJsonArray("leadsTo", new JsonArray()).stream()
                        .map(one -> led((JsonObject) one))
                        .collect(Collectors.joining(", ")));
        line(words, "limits", agent.getValue("limits"));
        line(words, "active", agent.getValue("isActive"));
        output.one(agent, "name", words.toString().stripTrailing());
    }

    /** Such as {@code deployment chat (qwen 2)}. */
    private static String led(JsonObject to) {
        String version = to.containsKey("modelVersion") ? " " + to.getInteger("modelVersion") : "";
        return to.getString("kind") + " " + to.getString("name")
                + (to.containsKey("model") ? " (" + to.getString("model") + version + ")" : "");
    }

    private static void line(StringBuilder words, String field, Object value) {
        boolean none = value == null || value.toString().isEmpty();
        words.append(String.format("%-12s %s%n", field, none ? Output.NONE : Output.plain(value.toString())));
    }

    private void conversations() {
        String agent = parsed.matchedOptionValue(AGENT, (String) null);
        String path = filtered("/api/conversations");
        if (agent != null) { // asked for, so that one that does not exist is told
            String id = client.get("/api/agents/" + ApiClient.encoded(agent)).getString("id");
            path += (path.contains("?") ? "&" : "?") + "agentId=" + id;
        }
        output.list(
                client.list(path),
                "id",
                new Output.Column("ID", one -> one.getString("id")),
                new Output.Column("TITLE", one -> one.getString("title")),
                new Output.Column("STATUS", one -> one.getString("status")),
                new Output.Column("USER", one -> one.getString("user")),
                new Output.Column("AGE", one -> Output.age(one.getString("createdAt"))));
    }

    private void approvals() {
        output.list(
                client.list("/api/approvals?state=PENDING"),
                "id",
                new Output.Column("ID", one -> one.getString("id")),
                new Output.Column("TOOL", one -> one.getString("toolName")),
                new Output.Column("WHY", one -> one.getString("why")),
                new Output.Column("USER", one -> one.getString("user")),
                new Output.Column("ARGUMENTS", one -> Output.cut(one.getString("arguments"))),
                new Output.Column("EXPIRES", one -> one.getString("expiresAt")),
                new Output.Column("THEN", one -> one.getString("onExpiry")),
                new Output.Column("AGE", one -> Output.age(one.getString("createdAt"))));
    }

    private void decide(String word) {
        String[] ids = parsed.matchedPositionalValue(0, new String[0]);
        JsonObject body = word.equals("deny") ? denial() : approval(ids.length);
        ForEachArgument.run(ids, err, id -> {
            JsonObject now = client.send("POST", "/api/approvals/" + ApiClient.encoded(id) + "/" + word, body)
                    .json();
            output.one(now, "id", id + " is " + now.getString("state"));
        });
    }

    private JsonObject denial() {
        String reason = parsed.matchedOptionValue(REASON, (String) null);
        return reason == null ? new JsonObject() : new JsonObject().put("reason", reason);
    }

    private JsonObject approval(int calls) {
        String text = parsed.matchedOptionValue(ARGUMENTS, (String) null);
        if (text == null) {
            return new JsonObject();
        }
        if (calls > 1) {
            throw new ApiFailure(ARGUMENTS + " goes with one call", ApiFailure.USAGE);
        }
        try {
            return new JsonObject().put("arguments", new JsonObject(text));
        } catch (DecodeException notJson) {
            throw new ApiFailure(ARGUMENTS + " is a JSON object", ApiFailure.USAGE);
        }
    }
}
