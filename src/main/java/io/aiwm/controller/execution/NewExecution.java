package io.aiwm.controller.execution;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * An execution to be made.
 *
 * @param id null, or chosen by the caller: creating the same id twice gives the one there is
 * @param category deployment, model, job, system or custom
 * @param timeoutMs for the whole, from its start; null: the configured default
 * @param start whether to start it in the same write
 */
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
        return new Execution(
                id,
                1,
                name,
                category == null ? "custom" : category,
                type,
                resourceType,
                resourceId,
                parentExecutionId,
                ExecutionState.PENDING,
                0,
                timeoutMs == null ? defaultTimeout.toMillis() : timeoutMs,
                now,
                null,
                null,
                null,
                null,
                null,
                null,
                Execution.NEVER,
                List.of(),
                steps.stream().map(Step::of).toList(),
                new ArrayList<>(List.of(new Execution.Note(now, actor, "created", null, null))));
    }
}
