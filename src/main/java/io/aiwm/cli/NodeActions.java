package io.aiwm.cli;

import static io.aiwm.cli.ClientCommands.arguments;
import static io.aiwm.cli.ClientCommands.command;
import static io.aiwm.cli.ClientCommands.option;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code aiwm nodes cordon}, {@code uncordon} and {@code drain}: what closes nodes, opens and empties them. */
final class NodeActions {
    private static final String NAME = "NODE";
    private static final String IDS = "Ids of nodes.";
    private static final String DEADLINE = "--deadline";
    private static final String NO_DEADLINE = "--no-deadline";
    private static final String FORCE = "--force";
    private static final String MESSAGE = "--message";
    private static final String DETACH = "--detach";
    private static final String STOP = "--stop";
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    private final ApiClient client;
    private final ParseResult parsed;
    private final PrintWriter out;
    private final PrintWriter err;
    private final Output output;

    NodeActions(ApiClient client, ParseResult parsed, PrintWriter out, PrintWriter err) {
        this.client = client;
        this.parsed = parsed;
        this.out = out;
        this.err = err;
        this.output = new Output(out, parsed);
    }

    static void addTo(CommandSpec nodes) {
        nodes.addSubcommand(
                "cordon",
                command("Closes nodes: they keep what they have and get nothing new.")
                        .addPositional(arguments(NAME, IDS)));
        nodes.addSubcommand("uncordon", command("Opens nodes again.").addPositional(arguments(NAME, IDS)));
        var drain = command("Empties nodes, and says how far that is until they are empty; they stay closed.")
                .addPositional(arguments(NAME, IDS))
                .addOption(
                        option(DEADLINE, "TIME", "How long work may take to finish there: 10m, 2h; 1h unless given."))
                .addOption(option(NO_DEADLINE, "As long as it needs."))
                .addOption(option(FORCE, "Waits for nothing, and takes away what can run nowhere else, too."))
                .addOption(option(MESSAGE, "TEXT", "Why, in one line."))
                .addOption(option(DETACH, "Returns when it has begun."))
                .addOption(option(STOP, "Ends it: what has left stays where it is, the node is open unless cordoned."));
        drain.usageMessage().footer("", "Example: aiwm nodes drain gpu-1 --deadline 30m --message 'new kernel'");
        nodes.addSubcommand("drain", drain);
    }

    void run(String word) {
        switch (word) {
            case "cordon" -> schedulable(false, "is closed; aiwm nodes uncordon ");
            case "uncordon" -> schedulable(true, "is open");
            default -> drain();
        }
    }

    private String[] nodes() {
        return parsed.matchedPositionalValue(0, new String[0]);
    }

    private static String path(String node, String what) {
        return "/api/nodes/" + ApiClient.encoded(node) + "/" + what;
    }

    private void schedulable(boolean open, String words) {
        ForEachArgument.run(nodes(), err, node -> {
            JsonObject now = client.send("PUT", path(node, "schedulable"), new JsonObject().put("schedulable", open))
                    .json();
            output.one(now, "id", "node " + node + " " + words + (open ? "" : node + " opens it"));
        });
    }

    private void drain() {
        boolean detached = parsed.matchedOptionValue(DETACH, false);
        if (parsed.matchedOptionValue(STOP, false)) {
            ForEachArgument.run(nodes(), err, node -> {
                client.send("DELETE", path(node, "drain"), null);
                output.one(new JsonObject().put("nodeId", node), "nodeId", "the drain of node " + node + " is ended");
            });
            return;
        }
        JsonObject terms = terms();
        var draining = new ArrayList<String>();
        ApiFailure refused = null;
        try {
            ForEachArgument.run(nodes(), err, node -> {
                JsonObject begun =
                        client.send("PUT", path(node, "drain"), terms).json();
                draining.add(node);
                if (detached) {
                    output.one(begun, "nodeId", far(begun));
                }
            });
        } catch (ApiFailure failure) {
            refused = failure;
        }
        if (!detached) {
            draining.forEach(this::watch);
        }
        if (refused != null) { // told when the others are empty
            throw refused;
        }
    }

    private JsonObject terms() {
        String time = parsed.matchedOptionValue(DEADLINE, (String) null);
        boolean none = parsed.matchedOptionValue(NO_DEADLINE, false);
        if (time != null && none) {
            throw new ApiFailure(DEADLINE + " and " + NO_DEADLINE + " exclude each other", ApiFailure.USAGE);
        }
        var terms = new JsonObject().put("force", parsed.matchedOptionValue(FORCE, false));
        String message = parsed.matchedOptionValue(MESSAGE, (String) null);
        if (message != null) {
            terms.put("message", message);
        }
        if (none) {
            terms.putNull("deadlineSeconds");
        } else if (time != null) {
            Duration left = NodeCommands.duration(time);
            if (left == null) {
                throw new ApiFailure(
                        DEADLINE + " is a time such as 90s, 10m or 2h, not " + Output.plain(time), ApiFailure.USAGE);
            }
            terms.put("deadlineSeconds", left.toSeconds());
        }
        return terms;
    }

    private static String far(JsonObject drain) {
        return "node " + drain.getString("nodeId") + ": " + drain.getInteger("remaining") + " still there, "
                + drain.getInteger("migrating") + " on their way, " + drain.getInteger("blocked")
                + " can go nowhere else, " + drain.getInteger("complete") + " have left";
    }

    /** Says each change until it is empty; fails where somebody ended the drain before. */
    private void watch(String node) {
        var told = new HashMap<String, String>();
        String counts = "";
        JsonObject now = client.get(path(node, "drain"));
        while (true) {
            String far = far(now);
            if (output.isTable()) {
                tell(now, told);
                if (!far.equals(counts)) {
                    out.println(Output.plain(far));
                }
                out.flush();
            }
            counts = far;
            if (!"DRAINING".equals(now.getString("state"))) {
                break;
            }
            ExecutionWatch.rest(LOOK_EVERY);
            now = client.get(path(node, "drain"));
        }
        if ("STOPPED".equals(now.getString("state"))) {
            throw new ApiFailure("the drain of node " + node + " was ended before it was empty", ApiFailure.FAILED);
        }
        output.one(now, "nodeId", "node " + node + " is empty and closed; aiwm nodes uncordon " + node + " opens it");
    }

    private void tell(JsonObject drain, Map<String, String> told) {
        for (Object each : drain.getJsonArray("items", new JsonArray())) {
            var item = (JsonObject) each;
            String reason = item.getString("reason");
            String now = item.getString("state") + (reason == null ? "" : ": " + reason);
            String what = item.getString("kind") + " " + item.getString("id");
            if (!now.equals(told.put(what, now))) {
                out.println(Output.plain("  " + what + " " + now));
            }
        }
    }
}
