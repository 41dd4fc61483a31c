package io.aiwm.controller.execution;

import io.aiwm.boot.Config;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.CommandResult.Outcome;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.testing.TestSettings;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Executions without a store and a bus, at times that are values. */
abstract class TransitionsRig {
    static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");
    static final Config.Executions LIMITS = TestSettings.executions()
            .maxOpen(10_000)
            .retryBackoffMax(Duration.ofSeconds(60))
            .resendAfter(Duration.ofSeconds(5))
            .build();

    /** Where the placer sends everything; null: no node is free. */
    String node = "n1";

    /** When the worker's own measure ends the attempt; null: it has said nothing. */
    Instant measured;

    final Transitions transitions = new Transitions(
            wish -> node == null ? Placer.PlacementResult.later("none is free") : Placer.PlacementResult.on(node),
            LIMITS,
            (nodeId, command) -> measured);

    static StepSpec saving(long timeoutMs) {
        var data = new JsonObject().put("graceMs", 60_000);
        return StepSpecBuilder.builder()
                .index(0)
                .name("s0")
                .command("job.run")
                .data(data)
                .dependsOn(List.of())
                .timeoutMs(timeoutMs)
                .maxRetries(0)
                .build();
    }

    Execution start(StepSpec... steps) {
        var pending = ExecutionBuilder.builder()
                .id("ex_1")
                .version(1)
                .name("t")
                .category("custom")
                .status(ExecutionState.PENDING)
                .progress(0)
                .timeoutMs(3_600_000)
                .createdAt(T0)
                .wakeAtMs(Execution.NEVER)
                .nodeIds(List.of())
                .steps(Arrays.stream(steps).map(Step::of).toList())
                .notes(new ArrayList<>())
                .build();
        return transitions.start(pending, "ann", T0);
    }

    Execution succeed(Execution run, int step, int attempt) {
        return succeed(run, step, attempt, T0);
    }

    Execution succeed(Execution run, int step, int attempt, Instant at) {
        var done =
                new CommandResult(null, id(step, attempt).toString(), Outcome.success, new JsonObject(), null, T0, T0);
        return transitions.finished(run, id(step, attempt), "n1", done, "m", at);
    }

    Execution fail(Execution run, int step, int attempt, boolean retryable) {
        return transitions.finished(run, id(step, attempt), "n1", result(step, attempt, retryable), "m", T0);
    }

    static CommandResult result(int step, int attempt, boolean retryable) {
        var error = new CommandError(ErrorCategory.INTERNAL, "broken", retryable);
        return new CommandResult(null, id(step, attempt).toString(), Outcome.failure, null, error, T0, T0);
    }

    static CommandId id(int step, int attempt) {
        return new CommandId("ex_1", step, attempt);
    }

    static StepSpec step(int index, Integer... dependsOn) {
        return StepSpecBuilder.builder()
                .index(index)
                .name("s" + index)
                .command("system.healthCheck")
                .dependsOn(List.of(dependsOn))
                .maxRetries(0)
                .build();
    }

    static List<StepState> states(Execution run) {
        return run.steps().stream().map(Step::status).toList();
    }
}
