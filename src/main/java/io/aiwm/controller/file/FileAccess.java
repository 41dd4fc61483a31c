package io.aiwm.controller.file;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.Attempt;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Step;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandNames;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Which node may do what with the files of a command (invariant I8). */
final class FileAccess {
    /** A log that was on its way when its attempt was closed (timed out, cancelled) is still wanted. */
    private static final Duration LATE = Duration.ofMinutes(10);

    private final Executions executions;
    private final InstantSource clock;

    FileAccess(Executions executions, InstantSource clock) {
        this.executions = executions;
        this.clock = clock;
    }

    /** @return the job's id. Fails with FORBIDDEN unless the command is, or was until just now, open on that node. */
    Future<String> toPut(String nodeId, String commandId) {
        return attempt(nodeId, commandId, (command, step, attempt) -> {
            Instant until =
                    attempt.finishedAt() == null ? null : attempt.finishedAt().plus(LATE);
            if (!attempt.open() && (until == null || until.isBefore(clock.instant()))) {
                throw forbidden(commandId, nodeId);
            }
            return command.executionId();
        });
    }

    /**
     * Fails with FORBIDDEN unless the command is open on that node, and this file is what it names as its inputs or what
     * it goes on from.
     */
    Future<Void> toGet(String nodeId, String commandId, String fileId) {
        return attempt(nodeId, commandId, (command, step, attempt) -> {
            JsonObject inputs = step.spec().data().getJsonObject("inputs");
            boolean named = inputs != null && fileId.equals(inputs.getString("fileId"));
            if (!attempt.open() || !(named || fileId.equals(step.resumeFile(command)))) {
                throw new Failure(
                        Failure.Kind.FORBIDDEN, "command " + commandId + " has no inputs " + fileId + " to fetch");
            }
            return null;
        });
    }

    private interface Rule<T> {
        T apply(CommandId command, Step step, Attempt attempt);
    }

    private <T> Future<T> attempt(String nodeId, String commandId, Rule<T> rule) {
        CommandId command = CommandId.parse(commandId);
        if (command == null) {
            return Future.failedFuture(Failure.invalid("/data/commandId", "is not a command id"));
        }
        return executions
                .get(command.executionId())
                .recover(cause -> Future.failedFuture(
                        Failure.of(cause).kind == Failure.Kind.NOT_FOUND ? forbidden(commandId, nodeId) : cause))
                .map(execution -> {
                    Step step = step(execution, command);
                    Attempt attempt = step == null ? null : step.attempts().get(command.attempt() - 1);
                    if (attempt == null
                            || !attempt.nodeId().equals(nodeId)
                            || !step.spec().command().equals(CommandNames.JOB_RUN)) {
                        throw forbidden(commandId, nodeId);
                    }
                    return rule.apply(command, step, attempt);
                });
    }

    private static Step step(Execution execution, CommandId command) {
        boolean known = command.stepIndex() >= 0
                && command.stepIndex() < execution.steps().size()
                && command.attempt() >= 1
                && command.attempt()
                        <= execution.steps().get(command.stepIndex()).attempt();
        return known ? execution.steps().get(command.stepIndex()) : null;
    }

    private static Failure forbidden(String commandId, String nodeId) {
        return new Failure(Failure.Kind.FORBIDDEN, "command " + commandId + " is not at work on node " + nodeId);
    }
}
