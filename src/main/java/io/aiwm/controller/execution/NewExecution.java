package io.aiwm.controller.execution;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * An execution to be made.
 *
 * @param id null, or chosen by the caller: creating the same id twice gives the one there is
 * @param category deployment, model, job, agent, system or custom
 * @param timeoutMs for the whole, from its start; null: the configured default
 * @param start whether to start it in the same write
 */
@RecordBuilder
public record NewExecution(
        String id,
        String name,
        String category,
        String type,
        String resourceType,
        String resourceId,
        String parentExecutionId,
        Long timeoutMs,
        boolean start,
        List<StepSpec> steps) {

    /**
     * No limit, and more than any caller may ask for: it may wait for a node as long as that takes. Its attempts have limits
     * of their own ({@link Deadlines}).
     */
    public static final Duration UNLIMITED = Duration.ofDays(3_650);

    /** The record that it will be, not started. */
    Execution pending(String id, Duration defaultTimeout, String actor, Instant now) {
        return ExecutionBuilder.builder()
                .id(id)
                .version(1)
                .name(name)
                .category(category == null ? "custom" : category)
                .type(type)
                .resourceType(resourceType)
                .resourceId(resourceId)
                .parentExecutionId(parentExecutionId)
                .status(ExecutionState.PENDING)
                .progress(0)
                .timeoutMs(timeoutMs == null ? defaultTimeout.toMillis() : timeoutMs)
                .createdAt(now)
                .wakeAtMs(Execution.NEVER)
                .nodeIds(List.of())
                .steps(steps.stream().map(Step::of).toList())
                .notes(new ArrayList<>(List.of(new Execution.Note(now, actor, "created", null, null, null))))
                .build();
    }
}
