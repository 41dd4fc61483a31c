package io.aiwm.controller.execution;

import java.util.EnumSet;
import java.util.Set;

/**
 * The life of a step (and of a job). Everything about it is here: the states, what may follow what, and which are final.
 *
 * <pre>
 * PENDING -> QUEUED -> ASSIGNED -> RUNNING -> COMPLETED | FAILED | TIMEOUT | CANCELLED
 *               ^          |           |
 *               +--attempt lost or failed, retries remain--+
 * </pre>
 */
public enum StepState {
    /** Waits for the steps it depends on. */
    PENDING,
    /** Could run; waits for a node, or for its backoff to pass. */
    QUEUED,
    /** An attempt is stored and its command is on the way. */
    ASSIGNED,
    /** The worker has it in its journal and works. */
    RUNNING,
    COMPLETED,
    FAILED,
    TIMEOUT,
    CANCELLED;

    private Set<StepState> next() {
        return switch (this) {
            case PENDING -> EnumSet.of(QUEUED, CANCELLED);
            case QUEUED -> EnumSet.of(ASSIGNED, FAILED, CANCELLED);
            case ASSIGNED -> EnumSet.of(RUNNING, COMPLETED, FAILED, TIMEOUT, CANCELLED, QUEUED);
            case RUNNING -> EnumSet.of(COMPLETED, FAILED, TIMEOUT, CANCELLED, QUEUED);
            case COMPLETED, FAILED, TIMEOUT, CANCELLED -> EnumSet.noneOf(StepState.class);
        };
    }

    public boolean mayBecome(StepState other) {
        return next().contains(other);
    }

    public boolean isFinal() {
        return switch (this) {
            case COMPLETED, FAILED, TIMEOUT, CANCELLED -> true;
            case PENDING, QUEUED, ASSIGNED, RUNNING -> false;
        };
    }

    /** Whether an attempt is open: a worker has, or is about to have, its command. */
    public boolean isOpenAttempt() {
        return this == ASSIGNED || this == RUNNING;
    }
}
