package io.aiwm.worker.job;

import io.aiwm.common.Json;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The result of a job that has run. */
final class JobReport {
    private static final Logger LOG = LoggerFactory.getLogger(JobReport.class);

    static final CommandError TIMEOUT =
            CommandError.of(ErrorCategory.TIMEOUT, "the program did not end before the command's deadline");

    private static final CommandError LATE = CommandError.of(
            ErrorCategory.TIMEOUT,
            "the program ended, but its log could not be collected before the command's deadline");

    /** Not retryable: what the program left is the same after its next run. */
    static final CommandError LATE_OUTPUTS = new CommandError(
            ErrorCategory.RESOURCE_EXHAUSTED,
            "the program ended, but its outputs could not be collected in time; keep fewer or smaller ones, or leave"
                    + " less in the work directory",
            false);

    private final String commandId;
    int exitCode;
    boolean oomKilled;
    /** The end of what it wrote; null: it could not be read. */
    String lastLines;

    JsonObject log;
    JsonObject outputs;
    CommandError outputsLost;
    /** The program ended by itself, and then the command's time was over before all was collected. */
    boolean late;

    final List<String> warnings = new ArrayList<>();

    JobReport(String commandId) {
        this.commandId = commandId;
    }

    /** Adds a warning, and logs it. @param what ends with a colon and a space */
    void warn(String what, Throwable cause) {
        String why = cause instanceof CommandFailure failure ? failure.error.message() : cause.toString();
        LOG.warn("job {}: {}{}", commandId, what, why);
        warnings.add(what + why);
    }

    /** Returns the result as it is stored and reported: {@code {outcome, output, error}}. */
    JsonObject how(boolean timedOut, boolean cancelled, Job job) {
        var output = new JsonObject().put("exitCode", exitCode).put("oomKilled", oomKilled);
        if (log != null) {
            output.put("log", log);
        }
        if (outputs != null) {
            output.put("outputs", outputs);
        }
        output.put("warnings", new JsonArray(List.copyOf(warnings)));
        if (timedOut) {
            return stored(CommandResult.Outcome.timeout, TIMEOUT, output);
        }
        if (late) {
            return stored(CommandResult.Outcome.timeout, LATE, output);
        }
        if (cancelled) {
            var error = new CommandError(ErrorCategory.CONFLICT, "cancelled while it ran", false);
            return stored(CommandResult.Outcome.cancelled, error, output);
        }
        return stored(CommandResult.Outcome.failure, error(job), output);
    }

    private CommandError error(Job job) {
        if (exitCode == 0) {
            return outputsLost;
        }
        String said = lastLines == null
                ? "; what it wrote could not be kept"
                : lastLines.isEmpty() ? "; it wrote nothing" : "; it wrote last: " + lastLines;
        if (oomKilled) {
            Long asked = job.asked().memoryBytes();
            return new CommandError(
                    ErrorCategory.RESOURCE_EXHAUSTED,
                    "out of memory (OOM): the program used more than its limit"
                            + (asked == null ? "" : " of " + asked + " bytes")
                            + " and was killed; give it more memoryBytes" + said,
                    false);
        }
        return CommandError.of(ErrorCategory.EXIT, "the program ended with exit code " + exitCode + said);
    }

    /** @param error null: it succeeded, whatever the outcome says */
    static JsonObject stored(CommandResult.Outcome outcome, CommandError error, JsonObject output) {
        var how = new JsonObject().put("outcome", error == null ? "success" : outcome.name());
        if (output != null) {
            how.put("output", output);
        }
        return error == null ? how : how.put("error", Json.toObject(error));
    }
}
