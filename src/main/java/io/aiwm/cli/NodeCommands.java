package io.aiwm.cli;

import static io.aiwm.cli.ClientCommands.argument;
import static io.aiwm.cli.ClientCommands.command;
import static io.aiwm.cli.ClientCommands.option;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code aiwm nodes}: the machines, what they used, and what is on them. */
final class NodeCommands {
    private static final String FROM = "--from";
    private static final String TO = "--to";
    private static final String STEP = "--step";
    private static final String NAME = "NODE";

    private NodeCommands() {}

    static CommandSpec spec() {
        var nodes = ClientCommands.group("The machines of the fleet.");
        nodes.addSubcommand("list", command("Lists nodes."));
        var metrics = command(
                        "What a node and its GPUs used: means, and the largest where a point has several samples.")
                .addPositional(argument(0, NAME, "Id of the node."))
                .addOption(
                        option(FROM, "TIME", "Since when: 2h, 7d or 2026-11-01T10:00:00Z; an hour ago unless given."))
                .addOption(option(TO, "TIME", "Until when; now unless given."))
                .addOption(option(STEP, "SECONDS", "Between two points; by the length of the time unless given."));
        metrics.usageMessage().footer("", "Example: aiwm nodes metrics gpu-1 --from 2d --step 3600");
        nodes.addSubcommand("metrics", metrics);
        nodes.addSubcommand(
                "containers", command("The containers on a node.").addPositional(argument(0, NAME, "Id of the node.")));
        NodeActions.addTo(nodes);
        return nodes;
    }

    static void run(String word, ApiClient client, ParseResult parsed, PrintWriter out, PrintWriter err) {
        var output = new Output(out, parsed);
        switch (word) {
            case "list" -> list(client, output);
            case "metrics" -> metrics(client, parsed, out, output);
            case "containers" -> containers(client, parsed, output);
            default -> new NodeActions(client, parsed, out, err).run(word);
        }
    }

    private static void list(ApiClient client, Output output) {
        output.list(
                client.list("/api/nodes"),
                "id",
                new Output.Column("NAME", node -> node.getString("id")),
                new Output.Column("STATUS", node -> node.getString("status")),
                new Output.Column("ROLE", node -> node.getString("role")),
                new Output.Column("ZONE", node -> node.getString("zone")),
                new Output.Column("SCHEDULABLE", node -> node.getBoolean("schedulable")),
                new Output.Column("AGE", node -> Output.age(node.getString("createdAt"))));
    }

    private static String path(ParseResult parsed, String what) {
        return "/api/nodes/" + ApiClient.encoded(parsed.matchedPositionalValue(0, "")) + "/" + what;
    }

    private static void containers(ApiClient client, ParseResult parsed, Output output) {
        var items = new ArrayList<JsonObject>();
        client.get(path(parsed, "containers")).getJsonArray("items").forEach(one -> items.add((JsonObject) one));
        output.list(
                items,
                "containerId",
                new Output.Column("CONTAINER", one -> shortened(one.getString("containerId"), 12)),
                new Output.Column("NAME", one -> one.getString("name")),
                new Output.Column("STATE", one -> one.getString("state")),
                new Output.Column("CPU", one -> one.getDouble("cpuUsage")),
                new Output.Column("MEMORY", one -> Output.size(one.getLong("memoryUsedBytes"))),
                new Output.Column("DEPLOYMENT", one -> one.getString("deploymentId")));
    }

    private static String shortened(String text, int most) {
        return text == null || text.length() <= most ? text : text.substring(0, most);
    }

    private static void metrics(ApiClient client, ParseResult parsed, PrintWriter out, Output output) {
        var query = new StringBuilder();
        time(query, "from", parsed.matchedOptionValue(FROM, (String) null));
        time(query, "to", parsed.matchedOptionValue(TO, (String) null));
        String step = parsed.matchedOptionValue(STEP, (String) null);
        if (step != null) {
            query.append(query.isEmpty() ? "?" : "&").append("step=").append(ApiClient.encoded(step));
        }
        JsonObject answer = client.get(path(parsed, "metrics") + query);
        if (Output.isJson(parsed)) {
            out.println(answer.encodePrettily());
        } else {
            rows(answer, output);
        }
    }

    /** A line for each point that has something. */
    private static void rows(JsonObject answer, Output output) {
        Instant from = Instant.parse(answer.getString("from"));
        int step = answer.getInteger("stepSeconds");
        JsonArray gpus = answer.getJsonArray("gpus");
        var rows = new ArrayList<JsonObject>();
        for (int i = 0; i < answer.getInteger("points"); i++) {
            var row = new JsonObject();
            add(row, "", answer, i);
            for (int g = 0; g < gpus.size(); g++) {
                add(row, "gpu" + gpus.getJsonObject(g).getInteger("index") + ".", gpus.getJsonObject(g), i);
            }
            if (!row.isEmpty()) {
                rows.add(row.put("at", from.plusSeconds((long) i * step).toString()));
            }
        }
        var columns = new ArrayList<Output.Column>();
        columns.add(new Output.Column("TIME", row -> row.getString("at")));
        columns.add(new Output.Column("CPU", row -> percent(row, "cpuUtilization")));
        columns.add(new Output.Column("MEMORY", row -> Output.size((Number) row.getValue("memoryUsedBytes"))));
        for (int g = 0; g < gpus.size(); g++) {
            String gpu = "gpu" + gpus.getJsonObject(g).getInteger("index");
            columns.add(new Output.Column(gpu.toUpperCase(Locale.ROOT), row -> percent(row, gpu + ".utilization")));
            columns.add(
                    new Output.Column("MEMORY", row -> Output.size((Number) row.getValue(gpu + ".memoryUsedBytes"))));
            columns.add(new Output.Column("°C", row -> row.getValue(gpu + ".temperatureCelsius")));
            columns.add(new Output.Column("W", row -> row.getValue(gpu + ".powerWatts")));
        }
        output.list(rows, "at", columns.toArray(Output.Column[]::new));
    }

    private static void add(JsonObject row, String before, JsonObject of, int point) {
        JsonObject series = of.getJsonObject("series", new JsonObject());
        series.fieldNames().forEach(name -> {
            Object value = series.getJsonArray(name).getValue(point);
            if (value != null) {
                row.put(before + name, value);
            }
        });
    }

    private static String percent(JsonObject row, String name) {
        Number share = (Number) row.getValue(name);
        return share == null ? null : Math.round(share.doubleValue() * 100) + "%";
    }

    /** @param text null: not given */
    private static void time(StringBuilder query, String name, String text) {
        if (text != null) {
            query.append(query.isEmpty() ? "?" : "&")
                    .append(name)
                    .append('=')
                    .append(ApiClient.encoded(instant(name, text).toString()));
        }
    }

    /** Of a text such as 90s, 10m, 2h or 7d; null where it is none. */
    static Duration duration(String text) {
        if (!text.matches("[0-9]{1,5}[smhd]")) {
            return null;
        }
        long count = Long.parseLong(text.substring(0, text.length() - 1));
        return switch (text.charAt(text.length() - 1)) {
            case 's' -> Duration.ofSeconds(count);
            case 'm' -> Duration.ofMinutes(count);
            case 'h' -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }

    private static Instant instant(String name, String text) {
        try {
            Duration ago = duration(text);
            return ago == null ? Instant.parse(text) : Instant.now().minus(ago);
        } catch (DateTimeParseException wrong) {
            throw new ApiFailure(
                    "--" + name + " is a time such as 2026-11-01T10:00:00Z, or how long ago: 2h, 7d", ApiFailure.USAGE);
        }
    }
}
