package io.aiwm.controller.job;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.aiwm.controller.execution.StepState;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * One action on many jobs: those that are named, or those that a filter finds.
 *
 * @param ids exactly these, {@link #MOST} at most; null: as the filter says
 * @param filter of what it finds, those the action can apply to are taken, {@link #MOST} at most, newest first
 * @param priority for {@link Action#PRIORITISE} alone: 0 to 100, or the name of a {@link PriorityClass}
 */
public record JobBatch(Action action, List<String> ids, JobFilter filter, Object priority) {
    public static final int MOST = 1_000;

    /** Travels in lower case. */
    public enum Action {
        CANCEL,
        RETRY,
        DELETE,
        PRIORITISE;

        @JsonValue
        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }

        @JsonCreator
        public static Action ofWire(String text) {
            return valueOf(text.toUpperCase(Locale.ROOT));
        }

        /** The states in which it can be done. */
        Set<StepState> from() {
            return switch (this) {
                case CANCEL -> EnumSet.of(StepState.PENDING, StepState.QUEUED, StepState.ASSIGNED, StepState.RUNNING);
                case RETRY -> EnumSet.of(StepState.FAILED, StepState.TIMEOUT, StepState.CANCELLED);
                case PRIORITISE -> EnumSet.of(StepState.PENDING, StepState.QUEUED);
                case DELETE -> {
                    var ended = EnumSet.noneOf(StepState.class);
                    Arrays.stream(StepState.values()).filter(StepState::isFinal).forEach(ended::add);
                    yield ended;
                }
            };
        }
    }

    /** @param error why it was not done; null where it was */
    public record Result(String id, boolean done, String error) {}

    /** @param remaining how many the filter still finds that the action can apply to; null where ids were given */
    public record Outcome(Action action, List<Result> results, Long remaining) {}
}
