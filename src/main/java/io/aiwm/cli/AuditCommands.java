package io.aiwm.cli;

import static io.aiwm.cli.ClientCommands.command;
import static io.aiwm.cli.ClientCommands.option;
import static io.aiwm.cli.ClientCommands.options;

import io.aiwm.common.AuditChain;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code aiwm audit}: who changed what, and whether somebody has tampered with that. */
final class AuditCommands {
    private static final String FILE = "--file";
    private static final String HEAD = "--head";
    private static final String COUNT = "--count";
    private static final int SHOWN = 50;
    /** Options of list that are given once, and what they are called in a query. */
    private static final Map<String, String> ONE_VALUE =
            Map.of("--resource", "resource", "--request", "requestId", "--from", "from", "--to", "to");

    private AuditCommands() {}

    static CommandSpec spec() {
        var audit = ClientCommands.group("Who changed what. For administrators.");
        audit.addSubcommand(
                "list",
                command("Lists the newest entries, or the newest of some.")
                        .addOption(options("--actor", "USER", "Who changed something."))
                        .addOption(options("--operation", "NAME", "Such as setSecret."))
                        .addOption(option("--resource", "TEXT", "Part of the path, such as /api/nodes/gpu-7."))
                        .addOption(option("--request", "ID", "Of one request."))
                        .addOption(option("--from", "TIME", "Not before, such as 2026-11-27T10:00:00Z."))
                        .addOption(option("--to", "TIME", "Before this time."))
                        .addOption(option(COUNT, "N", "So many: " + SHOWN + " unless given.")));
        audit.addSubcommand("export", command("Prints all entries, one a line, the oldest first."));
        audit.addSubcommand(
                "verify",
                command("Checks that no entry was changed, removed, added or moved.")
                        .addOption(option(FILE, "FILE", "What export has printed; no controller is asked."))
                        .addOption(option(HEAD, "SEQ:HASH", "An entry and its hash as they were noted before.")));
        return audit;
    }

    static void run(String word, ParseResult parsed, Map<String, String> environment, PrintWriter out) {
        switch (word) {
            case "list" -> list(Connection.open(parsed, environment), parsed, out);
            case "export" -> each(Connection.open(parsed, environment), entry -> out.println(entry.encode()));
            default -> verify(parsed, environment, out);
        }
    }

    private static void list(ApiClient client, ParseResult parsed, PrintWriter out) {
        int count = ExecutionCommands.number(
                parsed.matchedOptionValue(COUNT, Integer.toString(SHOWN)), COUNT, ExecutionCommands.MOST_SHOWN);
        List<JsonObject> entries = client.first(path(parsed), count);
        new Output(out, parsed)
                .list(
                        entries,
                        AuditChain.SEQ,
                        new Output.Column("SEQ", one -> one.getLong(AuditChain.SEQ)),
                        new Output.Column("ACTOR", one -> one.getString("actor")),
                        new Output.Column("OPERATION", one -> one.getString("operation")),
                        new Output.Column("STATUS", one -> one.getInteger("status")),
                        new Output.Column("PATH", one -> one.getString("path")),
                        new Output.Column("AGE", one -> Output.age(one.getString("at"))));
    }

    private static String path(ParseResult parsed) {
        var path = new StringBuilder("/api/audit?");
        ClientCommands.filter(path, parsed, "--actor", "actor");
        ClientCommands.filter(path, parsed, "--operation", "operation");
        ONE_VALUE.forEach((option, parameter) -> ClientCommands.filterOne(path, parsed, option, parameter));
        return path.toString();
    }

    private static void each(ApiClient client, Consumer<JsonObject> take) {
        long last = 0;
        while (true) {
            JsonObject page = client.get("/api/audit?after=" + last);
            JsonArray items = page.getJsonArray("items");
            if (items.isEmpty()) {
                return;
            }
            items.forEach(item -> take.accept((JsonObject) item));
            last = page.getLong("lastSeq");
        }
    }

    private static void verify(ParseResult parsed, Map<String, String> environment, PrintWriter out) {
        var chain = new AuditChain();
        String head = parsed.matchedOptionValue(HEAD, null);
        boolean[] headSeen = {false};
        Consumer<JsonObject> take = entry -> {
            chain.take(entry);
            headSeen[0] |= (entry.getLong(AuditChain.SEQ) + ":" + entry.getString(AuditChain.HASH)).equals(head);
        };
        String file = parsed.matchedOptionValue(FILE, null);
        if (file == null) {
            each(Connection.open(parsed, environment), take);
        } else {
            read(Path.of(file), take);
        }
        List<String> faults = chain.faults();
        if (head != null && !headSeen[0]) {
            faults.add("there is no entry " + head + ": it was changed, or cut off");
        }
        if (!faults.isEmpty()) {
            throw new ApiFailure("the audit log was tampered with:\n  " + String.join("\n  ", faults));
        }
        var answer = new JsonObject().put("entries", chain.entries()).put("head", chain.seq() + ":" + chain.hash());
        new Output(out, parsed)
                .one(
                        answer,
                        "head",
                        chain.entries() + " entries follow one another; keep the newest elsewhere: "
                                + answer.getString("head"));
    }

    private static void read(Path file, Consumer<JsonObject> take) {
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isBlank()) {
                    take.accept(new JsonObject(line));
                }
            }
        } catch (IOException unreadable) {
            throw new ApiFailure("the entries cannot be read from " + file);
        } catch (DecodeException torn) {
            throw new ApiFailure(file + " has a line that is no entry");
        }
    }
}
