package io.aiwm.cli;

import static io.aiwm.cli.ClientCommands.argument;
import static io.aiwm.cli.ClientCommands.command;
import static io.aiwm.cli.ClientCommands.option;
import static io.aiwm.cli.ClientCommands.options;

import io.aiwm.common.HttpStatus;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code aiwm models download}: lets the controller fetch a model, and shows how far it is. */
final class ModelDownload {
    private static final long LOOK_MILLIS = 1_000;
    /** Looks in a row that a controller which is being restarted may leave unanswered. */
    private static final int MOST_MISSED = 120;

    private final ApiClient client;
    private final ParseResult parsed;
    private final ProgressLine progress;

    ModelDownload(ApiClient client, ParseResult parsed, PrintWriter err) {
        this.client = client;
        this.parsed = parsed;
        this.progress = new ProgressLine(err);
    }

    static CommandSpec spec() {
        var spec = command("Lets the controller fetch a model from its hub, and shows how far it is. Ctrl-C ends the"
                        + " showing, not the download.")
                .addPositional(argument(0, "REPO", "On the hub, such as Qwen/Qwen2.5-0.5B-Instruct-GGUF."))
                .addOption(option("--revision", "REVISION", "A branch, a tag or a commit; otherwise main."))
                .addOption(options("--include", "GLOB", "Of paths; may be given again."))
                .addOption(options("--exclude", "GLOB", "Stronger than --include; may be given again."))
                .addOption(option("--name", "NAME", "Of the model; otherwise that of the repository."))
                .addOption(option("--task", "TASK", "text-generation, embedding, rerank or other."))
                .addOption(option("--alias", "ALIAS", "Means the version once it is READY."))
                .addOption(option("--secret", "NAME", "The stored secret that has the token for the hub."))
                .addOption(option("--detach", "Returns as soon as the download has begun."));
        spec.usageMessage()
                .footer("", "Example: aiwm models download Qwen/Qwen2.5-0.5B-Instruct-GGUF --include '*q4_k_m.gguf'");
        return spec;
    }

    void run(Output output) {
        var wanted = new JsonObject().put("repo", parsed.matchedPositionalValue(0, ""));
        for (String field : new String[] {"revision", "name", "task", "alias"}) {
            String value = parsed.matchedOptionValue("--" + field, (String) null);
            if (value != null) {
                wanted.put(field, value);
            }
        }
        for (String field : new String[] {"include", "exclude"}) {
            String[] globs = parsed.matchedOptionValue("--" + field, new String[0]);
            if (globs.length > 0) {
                wanted.put(field, new JsonArray(List.of(globs)));
            }
        }
        String secret = parsed.matchedOptionValue("--secret", (String) null);
        if (secret != null) {
            wanted.put("token", new JsonObject().put("secret", secret));
        }
        JsonObject begun = client.send("POST", "/api/models/download", wanted).json();
        String path = "/api/models/" + begun.getString("modelId") + "/versions/" + begun.getInteger("number");
        if (parsed.matchedOptionValue("--detach", false)) {
            output.one(
                    begun,
                    "executionId",
                    client.address().resolve(path) + "\nexecution " + begun.getString("executionId"));
            return;
        }
        follow(begun.getString("executionId"));
        output.one(client.get(path), "id", client.address().resolve(path).toString());
    }

    private void follow(String executionId) {
        int missed = 0;
        JsonObject seen = null;
        while (seen == null || !ended(seen)) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(seen == null && missed == 0 ? 1 : LOOK_MILLIS));
            try {
                seen = client.get("/api/executions/" + executionId);
                missed = 0;
            } catch (ApiFailure failed) {
                boolean passing = failed.status == 0 || HttpStatus.isPassing(failed.status);
                if (!passing) {
                    throw failed;
                }
                if (++missed > MOST_MISSED) {
                    throw new ApiFailure(failed.getMessage() + "; the download goes on as " + executionId);
                }
            }
        }
    }

    private boolean ended(JsonObject execution) {
        JsonObject step = execution.getJsonArray("steps", new JsonArray()).isEmpty()
                ? new JsonObject()
                : execution.getJsonArray("steps").getJsonObject(0);
        progress.say((execution.getString("status") + " " + execution.getInteger("progress", 0) + "% "
                        + step.getString("message", ""))
                .strip());
        return switch (execution.getString("status")) {
            case "COMPLETED" -> {
                progress.end();
                yield true;
            }
            case "FAILED", "CANCELLED", "TIMEOUT" -> {
                progress.end();
                throw new ApiFailure(execution
                        .getJsonObject("error", new JsonObject())
                        .getString("message", "the download ended as " + execution.getString("status")));
            }
            default -> false;
        };
    }
}
