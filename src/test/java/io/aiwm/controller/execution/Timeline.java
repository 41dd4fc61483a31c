package io.aiwm.controller.execution;

import io.aiwm.boot.Config;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.testing.TestSettings;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The transitions of executions without a store, for tests of what decides about them. */
public final class Timeline {
    private static final Config.Executions LIMITS = TestSettings.executions()
            .maxOpen(1_000_000)
            .defaultTimeout(Duration.ofDays(1))
            .retryBackoff(Duration.ofMillis(1))
            .retryBackoffMax(Duration.ofSeconds(1))
            .resendAfter(Duration.ofSeconds(5))
            .build();

    private final Transitions transitions;

    public Timeline(Placer placer) {
        transitions = new Transitions(placer, LIMITS);
    }

    public Execution prioritised(Execution seen, int priority, Instant now) {
        return Reprioritization.of(
                seen,
                spec -> StepSpecBuilder.builder(spec).priority(priority).build(),
                "priority " + priority,
                "test",
                now);
    }

    public Execution start(String id, List<StepSpec> steps, Instant now) {
        var pending = ExecutionBuilder.builder()
                .id(id)
                .version(1)
                .name(id)
                .category("custom")
                .status(ExecutionState.PENDING)
                .progress(0)
                .timeoutMs(86_400_000L)
                .createdAt(now)
                .wakeAtMs(Execution.NEVER)
                .nodeIds(List.of())
                .steps(steps.stream().map(Step::of).toList())
                .notes(List.of())
                .build();
        return transitions.start(pending, "test", now);
    }

    public Execution look(Execution seen, Instant now) {
        return transitions.look(seen, now);
    }

    public Execution ends(Execution seen, CommandId command, String nodeId, Instant now) {
        var result = new CommandResult(
                null, command.toString(), CommandResult.Outcome.success, new JsonObject(), null, now, now);
        return transitions.finished(seen, command, nodeId, result, "m", now);
    }

    public Execution fails(Execution seen, CommandId command, String nodeId, ErrorCategory category, Instant now) {
        var result = new CommandResult(
                null,
                command.toString(),
                CommandResult.Outcome.failure,
                null,
                CommandError.of(category, "it broke"),
                now,
                now);
        return transitions.finished(seen, command, nodeId, result, "m", now);
    }

    /** By what is that node's own. */
    public Execution failsThere(Execution seen, CommandId command, String nodeId, String words, Instant now) {
        var error = CommandError.of(ErrorCategory.CONFLICT, words).onThisNode();
        var result = new CommandResult(null, command.toString(), CommandResult.Outcome.failure, null, error, now, now);
        return transitions.finished(seen, command, nodeId, result, "m", now);
    }

    /** The worker confirms that it stopped an attempt which is being evicted. */
    public Execution evicted(Execution seen, CommandId command, String nodeId, Instant now) {
        Execution asked = transitions.evict(seen, command, new Eviction(ErrorCategory.PREEMPTED, "test", now), now);
        var result = new CommandResult(null, command.toString(), CommandResult.Outcome.cancelled, null, null, now, now);
        return transitions.finished(asked, command, nodeId, result, "m", now);
    }
}
