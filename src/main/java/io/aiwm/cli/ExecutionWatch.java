package io.aiwm.cli;

import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Prints each change of the steps of an execution until it has ended, also after a lost connection. */
final class ExecutionWatch {
    private static final List<String> ENDED = List.of("COMPLETED", "FAILED", "TIMEOUT", "CANCELLED");
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    private static final int MOST_FAILURES = 60;

    private final ApiClient client;
    private final Output output;
    private final PrintWriter out;
    /** What was told last of each step. */
    private final Map<Integer, String> told = new HashMap<>();

    ExecutionWatch(ApiClient client, Output output, PrintWriter out) {
        this.client = client;
        this.output = output;
        this.out = out;
    }

    /** Returns when it has completed; fails when it ended otherwise, with the code for what ran out of time if it did. */
    void run(String id) {
        JsonObject one = look(id);
        tell(one);
        while (!ENDED.contains(one.getString("status"))) {
            rest();
            one = look(id);
            tell(one);
        }
        String status = one.getString("status");
        String why = ExecutionCommands.why(one);
        output.one(one, "id", "execution " + id + " is " + status + (why == null ? "" : ": " + why));
        out.flush();
        ApiFailure.unlessCompleted(status, "the execution is " + status);
    }

    private JsonObject look(String id) {
        for (int failures = 0; ; failures++) {
            try {
                return client.get("/api/executions/" + ApiClient.encoded(id));
            } catch (ApiFailure away) {
                if (away.problem != null || failures >= MOST_FAILURES) {
                    throw away;
                }
                rest();
            }
        }
    }

    private static void rest() {
        rest(LOOK_EVERY);
    }

    static void rest(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ApiFailure("interrupted");
        }
    }

    /** A line for each step whose state, try or node is another than before. */
    private void tell(JsonObject one) {
        if (!output.isTable()) {
            return;
        }
        for (JsonObject step : ExecutionCommands.steps(one)) {
            String status = step.getString("status");
            Integer attempt = step.getInteger("attempt", 0);
            String now = status + " " + attempt + " " + step.getString("nodeId");
            if (now.equals(told.put(step.getInteger("index"), now)) || status.equals("PENDING")) {
                continue;
            }
            String why = ExecutionCommands.why(step);
            String node = step.getString("nodeId");
            out.println(
                    Output.plain("step " + step.getInteger("index") + " " + ExecutionCommands.name(step) + "  " + status
                            + (attempt > 1 ? "  try " + attempt : "") + (node == null ? "" : "  on " + node)
                            + (why == null ? "" : "  " + Output.cut(why))));
        }
        out.flush();
    }
}
