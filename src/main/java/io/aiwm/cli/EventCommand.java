package io.aiwm.cli;

import static io.aiwm.cli.ClientCommands.choice;
import static io.aiwm.cli.ClientCommands.command;
import static io.aiwm.cli.ClientCommands.option;
import static io.aiwm.cli.ClientCommands.options;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code aiwm events}: what happened, and what happens. */
final class EventCommand {
    private static final String FOLLOW = "--follow";
    private static final String AFTER = "--after";
    private static final String COUNT = "--count";
    private static final String SEVERITY = "--severity";
    private static final List<String> FILTERS = List.of("type", "kind", "resource");
    private static final String STREAM = "text/event-stream";
    private static final String ID = "id: ";
    private static final String DATA = "data: ";
    private static final int SHOWN = 50;
    /** After an end of the stream, or a controller that is not there. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private static final int MOST_FAILURES = 60;

    private final ApiClient client;
    private final PrintWriter out;
    private final ParseResult parsed;
    private long last;
    private long left;

    private EventCommand(ApiClient client, ParseResult parsed, PrintWriter out) {
        this.client = client;
        this.parsed = parsed;
        this.out = out;
    }

    static CommandSpec spec() {
        var events = command("What happened in the cluster: the newest events, or with --follow those that come.")
                .addOption(option(FOLLOW, "Goes on as events come, after an end of the connection too."))
                .addOption(option(AFTER, "REVISION", "Only events after this one."))
                .addOption(
                        option(COUNT, "N", "So many: " + SHOWN + " unless given; with --follow no end unless given."))
                .addOption(options("--type", "TYPE", "Such as execution.failed; * stands for any text."))
                .addOption(options("--kind", "KIND", "Such as node, deployment, job."))
                .addOption(options("--resource", "ID", "Of one record."))
                .addOption(choice(
                        SEVERITY, "WORD", List.of("info", "warning", "error"), "The least: info, warning or error."));
        events.usageMessage().footer("", "Example: aiwm events --follow --type 'worker.*' --severity warning");
        return events;
    }

    static void run(ApiClient client, ParseResult parsed, PrintWriter out) {
        var command = new EventCommand(client, parsed, out);
        if (parsed.matchedOptionValue(FOLLOW, false)) {
            command.follow();
        } else {
            command.list();
        }
    }

    private static long number(String text, String option) {
        try {
            return Long.parseUnsignedLong(text);
        } catch (NumberFormatException wrong) {
            throw new ApiFailure(option + " is a number, not " + text, ApiFailure.USAGE);
        }
    }

    private String path() {
        var path = new StringBuilder("/api/events?");
        FILTERS.forEach(filter -> ClientCommands.filter(path, parsed, "--" + filter, filter));
        ClientCommands.filterOne(path, parsed, SEVERITY, "severity");
        return path.toString();
    }

    private void list() {
        long wanted = number(parsed.matchedOptionValue(COUNT, Integer.toString(SHOWN)), COUNT);
        String after = parsed.matchedOptionValue(AFTER, null);
        var found = new ArrayList<JsonObject>();
        String more = path() + "pageSize=" + Math.max(1, Math.min(wanted, 1_000));
        String next = after == null ? more : more + "&after=" + number(after, AFTER);
        while (next != null && found.size() < wanted) {
            JsonObject page = client.get(next);
            page.getJsonArray("items").stream()
                    .limit(wanted - found.size())
                    .forEach(item -> found.add((JsonObject) item));
            next = after == null ? before(page, more) : after(page, next, more);
        }
        if (after == null) {
            Collections.reverse(found);
        }
        new Output(out, parsed)
                .list(
                        found,
                        "revision",
                        new Output.Column("REVISION", one -> one.getLong("revision")),
                        new Output.Column("TYPE", one -> one.getString("type")),
                        new Output.Column("SEVERITY", one -> one.getString("severity")),
                        new Output.Column("RESOURCE", EventCommand::resource),
                        new Output.Column("TEXT", one -> one.getString("text")),
                        new Output.Column("AGE", one -> Output.age(one.getString("at"))));
    }

    private static String before(JsonObject page, String more) {
        String token = page.getString("nextPageToken");
        return token == null ? null : more + "&pageToken=" + token;
    }

    /** A page that a filter leaves empty is not the last one: that is the one that gets no further. */
    private static String after(JsonObject page, String asked, String more) {
        String next = more + "&after=" + page.getLong("revision");
        return next.equals(asked) ? null : next;
    }

    private static String resource(JsonObject event) {
        String name = event.getString("name");
        return name == null ? event.getString("resourceId") : name;
    }

    private void follow() {
        left = number(parsed.matchedOptionValue(COUNT, Long.toString(Long.MAX_VALUE)), COUNT);
        String after = parsed.matchedOptionValue(AFTER, null);
        last = after == null ? client.get("/api/events?pageSize=1").getLong("revision") : number(after, AFTER);
        int failures = 0;
        while (left > 0) {
            try {
                client.read(path() + "after=" + last, STREAM, (type, text) -> take(text));
                failures = 0;
            } catch (ApiFailure away) {
                if (away.problem != null || ++failures > MOST_FAILURES) {
                    throw away;
                }
            }
            if (left > 0) {
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

    /** Server-sent events: an id without data says how far the log was looked through, whatever the filters take. */
    private void take(BufferedReader text) throws IOException {
        boolean gone = false;
        for (String line = text.readLine(); line != null && left > 0; line = text.readLine()) {
            if (line.startsWith(ID)) {
                last = Long.parseLong(line.substring(ID.length()));
            } else if (line.startsWith("event: ")) {
                gone = true;
            } else if (line.startsWith(DATA) && gone) {
                throw new ApiFailure(new JsonObject(line.substring(DATA.length())).getString("detail"));
            } else if (line.startsWith(DATA)) {
                show(line.substring(DATA.length()));
            }
        }
    }

    private void show(String text) {
        var event = new JsonObject(text);
        left--;
        out.println(
                Output.isJson(parsed)
                        ? text
                        : String.join(
                                "  ",
                                event.getString("at"),
                                String.valueOf(event.getLong("revision")),
                                event.getString("severity"),
                                event.getString("type"),
                                Output.plain(String.valueOf(resource(event))),
                                Output.plain(event.getString("text", ""))));
        out.flush();
    }
}
