package io.aiwm.cli;

import static io.aiwm.cli.ClientCommands.argument;
import static io.aiwm.cli.ClientCommands.command;
import static io.aiwm.cli.ClientCommands.option;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code aiwm agents chat}: says each line of the input to an agent and prints what it answers, piece by piece. */
final class AgentChat {
    private static final String CONVERSATION = "--conversation";
    private static final String MESSAGE = "--message";
    private static final String TITLE = "--title";
    private static final Duration ANSWER = Duration.ofSeconds(60);
    /** After an end of the stream, or a controller that is not there. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private static final int MOST_FAILURES = 60;

    private final ApiClient client;
    private final ParseResult parsed;
    private final BufferedReader in;
    private final PrintWriter out;
    private final PrintWriter err;
    private final boolean json;
    private volatile String path;
    private volatile boolean running;

    AgentChat(ApiClient client, ParseResult parsed, InputStream in, PrintWriter out, PrintWriter err) {
        this.client = client;
        this.parsed = parsed;
        this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        this.out = out;
        this.err = err;
        this.json = Output.isJson(parsed);
    }

    static CommandSpec spec() {
        var chat = command(
                        "Says each line of the input to an agent, and prints its answers as they come. Ctrl-C ends the"
                                + " running turn.")
                .addPositional(argument(0, "AGENT", "Its name or id."))
                .addOption(option(MESSAGE, "TEXT", "Says this alone, and reads no input."))
                .addOption(option(CONVERSATION, "ID", "Goes on with this conversation."))
                .addOption(option(TITLE, "TEXT", "Of a new conversation."));
        chat.usageMessage()
                .footer(
                        "",
                        "Example: aiwm agents chat traveller --message 'Is it warm in Oslo?'",
                        "With -o json each event is a line.");
        return chat;
    }

    void run() {
        JsonObject agent = client.get("/api/agents/" + ApiClient.encoded(parsed.matchedPositionalValue(0, "")));
        var stop = new Thread(this::cancel, "cancel-turn");
        Runtime.getRuntime().addShutdownHook(stop);
        try {
            JsonObject conversation = conversation(agent);
            path = "/api/conversations/" + conversation.getString("id");
            String message = parsed.matchedOptionValue(MESSAGE, (String) null);
            if (message != null) {
                String failed = say(message);
                if (failed != null) {
                    throw new ApiFailure(failed);
                }
                return;
            }
            if (parsed.matchedOptionValue(CONVERSATION, (String) null) == null) {
                err.println("conversation " + conversation.getString("id"));
            }
            lines();
        } finally {
            running = false;
            forget(stop);
        }
    }

    private static void forget(Thread stop) {
        try {
            Runtime.getRuntime().removeShutdownHook(stop);
        } catch (IllegalStateException ending) {
            // it runs, or has run
        }
    }

    /** Fails with NOT_FOUND where a conversation is with another agent. */
    private JsonObject conversation(JsonObject agent) {
        String known = parsed.matchedOptionValue(CONVERSATION, (String) null);
        if (known != null) {
            JsonObject found = client.get("/api/conversations/" + ApiClient.encoded(known));
            if (!agent.getString("id").equals(found.getString("agentId"))) {
                throw new ApiFailure(
                        "conversation " + Output.plain(known) + " is with another agent", ApiFailure.NOT_FOUND);
            }
            return found;
        }
        var wanted = new JsonObject().put("agentId", agent.getString("id"));
        String title = parsed.matchedOptionValue(TITLE, (String) null);
        return post("/api/conversations", title == null ? wanted : wanted.put("title", title));
    }

    private JsonObject post(String to, JsonObject body) {
        return client.send(
                        "POST",
                        to,
                        BodyPublishers.ofString(body.encode()),
                        ANSWER,
                        "Content-Type",
                        "application/json",
                        "Idempotency-Key",
                        UUID.randomUUID().toString())
                .json();
    }

    private void lines() {
        try {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String failed = line.isBlank() ? null : sayAndGoOn(line);
                if (failed != null) {
                    err.println("aiwm: " + failed);
                }
            }
        } catch (IOException unreadable) {
            throw new ApiFailure("the input cannot be read");
        }
    }

    /** What a controller refuses does not end the conversation. */
    private String sayAndGoOn(String line) {
        try {
            return say(line);
        } catch (ApiFailure failed) {
            if (failed.status == 0) {
                throw failed;
            }
            return Output.plain(failed.getMessage());
        }
    }

    /** Returns why the turn has no answer; null: it has one. */
    private String say(String text) {
        JsonObject sent = post(path + "/messages", new JsonObject().put("content", text));
        running = true;
        try {
            String executionId = sent.getString("executionId");
            if (executionId == null) {
                err.println("[other messages are answered first]");
            }
            var printed = new TurnPrinter(
                    out, err, json, sent.getJsonObject("message").getString("id"));
            follow(printed, executionId);
            return printed.failure();
        } finally {
            running = false;
        }
    }

    /** @param executionId null: the message waits for its turn */
    private void follow(TurnPrinter printer, String executionId) {
        String mine = executionId;
        int failures = 0;
        while (!printer.isDone()) {
            try {
                if (mine == null) {
                    mine = client.get(path + "/messages/" + ApiClient.encoded(printer.messageId()))
                            .getString("executionId");
                }
                if (mine != null) {
                    String after = printer.last() == null ? "" : "?after=" + ApiClient.encoded(printer.last());
                    client.lines(path + "/stream" + after, printer.of(mine));
                }
                failures = 0;
            } catch (ApiFailure away) {
                if (away.problem != null || ++failures > MOST_FAILURES) {
                    throw away;
                }
            }
            if (!printer.isDone()) {
                rest();
            }
        }
    }

    private static void rest() {
        try {
            Thread.sleep(PAUSE.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ApiFailure("interrupted");
        }
    }

    /** When the process is told to end. */
    private void cancel() {
        if (running) {
            try {
                client.send("POST", path + "/cancel", new JsonObject());
                err.println();
                err.println("[the turn is cancelled]");
            } catch (ApiFailure over) {
                // it has ended, or nobody answers
            }
        }
    }
}
