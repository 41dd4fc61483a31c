package io.aiwm.cli;

import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** What a program has printed, as it arrives: none of it is kept here. */
final class StepLog {
    private static final String FOLLOW = "--follow";
    private static final String TIMESTAMPS = "--timestamps";
    private static final String TEXT = "text/plain";
    private static final int PIECE = 8_192;
    /** A time and whose line it is are not longer. */
    private static final int BEFORE = 64;

    private static final Pattern TIME =
            Pattern.compile("(?:^|\\n)(?:\\[[0-9]+] )?[0-9]{4}-[0-9-]{5}T[0-9:]{8}\\.[0-9]{9}Z ");

    private final ApiClient client;
    private final PrintWriter out;
    private final PrintWriter err;
    private final boolean timed;
    private final boolean followed;

    /** @param err where it is said that there are no times although they are asked for */
    StepLog(ApiClient client, ParseResult parsed, PrintWriter out, PrintWriter err) {
        this.client = client;
        this.out = out;
        this.err = err;
        this.timed = parsed.matchedOptionValue(TIMESTAMPS, false);
        this.followed = parsed.matchedOptionValue(FOLLOW, false);
    }

    /** Adds what every command that prints a log has. @param whose what runs while the log goes on */
    static CommandSpec addTo(CommandSpec spec, String whose) {
        return spec.addOption(OptionSpec.builder("-f", FOLLOW)
                        .type(boolean.class)
                        .description("Goes on while the " + whose + " runs.")
                        .build())
                .addOption(OptionSpec.builder("-t", TIMESTAMPS)
                        .type(boolean.class)
                        .description("Each line with its time, where that is known.")
                        .build());
    }

    /** The query that asks for it, with what else is asked. */
    String query() {
        return "?follow=" + followed + (timed ? "&timestamps=true" : "");
    }

    /** Prints it for people, to whose terminal it does nothing. */
    void text(String path) {
        client.read(path, TEXT, (type, text) -> {
            var piece = new char[PIECE];
            String before = "\n";
            boolean unseen = timed;
            boolean empty = true;
            for (int length = text.read(piece); length >= 0; length = text.read(piece)) {
                String printed = new String(piece, 0, length);
                out.print(Output.text(printed));
                out.flush();
                if (unseen) {
                    String together = before + printed;
                    unseen = !TIME.matcher(together).find();
                    before = together.substring(Math.max(0, together.length() - BEFORE));
                    empty = false;
                }
            }
            if (unseen && !empty) {
                err.println(
                        "aiwm: no times: the log that is kept of what has ended, and that of a process, come without");
            }
        });
    }

    /** Prints an object on each line; the log of a step that has ended is text, whatever is asked for, and says no stream. */
    void json(String path) {
        client.read(path, ApiClient.LINES, (type, text) -> {
            boolean isJson = type.startsWith(ApiClient.LINES);
            for (String line = text.readLine(); line != null; line = text.readLine()) {
                if (!isJson) {
                    out.println(new JsonObject().put("text", line + "\n").encode());
                } else if (!line.isEmpty()) {
                    out.println(line);
                }
                out.flush();
            }
        });
    }
}
