package io.aiwm.controller.batch;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The life of a batch: {@code VALIDATING -> IN_PROGRESS -> FINALIZING -> COMPLETED | EXPIRED}, and what else can happen to it. */
public enum BatchState {
    /** Its lines are read. */
    VALIDATING,
    IN_PROGRESS,
    /** Its results are put together. */
    FINALIZING,
    COMPLETED,
    /** A line is wrong, so that none was called. */
    FAILED,
    /** Its time was over before all lines were called. */
    EXPIRED,
    CANCELLING,
    CANCELLED;

    static final List<String> OPEN = Arrays.stream(values())
            .filter(state -> !state.isFinal())
            .map(Enum::name)
            .toList();

    public boolean isFinal() {
        return switch (this) {
            case COMPLETED, FAILED, EXPIRED, CANCELLED -> true;
            case VALIDATING, IN_PROGRESS, FINALIZING, CANCELLING -> false;
        };
    }

    /** A final state is never left, and one that is being cancelled only ends. */
    boolean mayBecome(BatchState next) {
        return switch (this) {
            case VALIDATING -> next != VALIDATING && next != COMPLETED && next != EXPIRED;
            case IN_PROGRESS -> next == FINALIZING || next == CANCELLING || next == FAILED || next == CANCELLED;
            case FINALIZING -> next.isFinal();
            case CANCELLING -> next == CANCELLED || next == FAILED;
            case COMPLETED, FAILED, EXPIRED, CANCELLED -> false;
        };
    }

    /** As callers know it, for example {@code in_progress}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
