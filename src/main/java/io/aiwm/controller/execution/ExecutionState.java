package io.aiwm.controller.execution;

import java.util.EnumSet;
import java.util.Set;

/**
 * The life of an execution: {@code PENDING -> RUNNING -> COMPLETED | FAILED | TIMEOUT | CANCELLED}. A final state is left
 * only by an explicit retry, which opens new attempts.
 */
public enum ExecutionState {
    /** Stored, not started. */
    PENDING,
    RUNNING,
    COMPLETED,
    FAILED,
    TIMEOUT,
    CANCELLED;

    public boolean mayBecome(ExecutionState other) {
        Set<ExecutionState> next = switch (this) {
            case PENDING -> EnumSet.of(RUNNING, CANCELLED);
            case RUNNING -> EnumSet.of(COMPLETED, FAILED, TIMEOUT, CANCELLED);
            case COMPLETED, FAILED, TIMEOUT, CANCELLED -> EnumSet.noneOf(ExecutionState.class);
        };
        return next.contains(other);
    }

    public boolean isFinal() {
        return switch (this) {
            case COMPLETED, FAILED, TIMEOUT, CANCELLED -> true;
            case PENDING, RUNNING -> false;
        };
    }
}
