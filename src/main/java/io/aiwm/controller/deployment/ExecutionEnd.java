package io.aiwm.controller.deployment;

import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;

/** What the end of an execution that was to do something says of why it did not. Pure. */
final class ExecutionEnd {
    private ExecutionEnd() {}

    /** What may pass is tried again; what was refused, and what somebody cancelled, is not. */
    static ReasonCode startFailed(Execution ended) {
        boolean passes = ended.status() == ExecutionState.TIMEOUT
                || (ended.status() == ExecutionState.FAILED
                        && ended.error() != null
                        && ended.error().retryable());
        return passes ? ReasonCode.START_FAILED : ReasonCode.START_REFUSED;
    }

    /** In words. */
    static String why(Execution ended) {
        String words = ended.error() == null ? null : ended.error().message();
        return switch (ended.status()) {
            case CANCELLED ->
                "execution " + ended.id() + " was cancelled"
                        + (ended.cancelReason() == null ? "" : ": " + ended.cancelReason());
            case TIMEOUT -> words == null ? "execution " + ended.id() + " took too long" : words;
            case FAILED, PENDING, RUNNING, COMPLETED -> words == null ? "execution " + ended.id() + " failed" : words;
        };
    }
}
