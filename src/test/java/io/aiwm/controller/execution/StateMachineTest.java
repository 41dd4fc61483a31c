package io.aiwm.controller.execution;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Every pair of states, allowed and forbidden, written out once more by hand. */
class StateMachineTest {
    private static final Map<StepState, Set<StepState>> STEPS = new EnumMap<>(Map.of(
            StepState.PENDING, EnumSet.of(StepState.QUEUED, StepState.CANCELLED),
            StepState.QUEUED, EnumSet.of(StepState.ASSIGNED, StepState.FAILED, StepState.CANCELLED),
            StepState.ASSIGNED,
                    EnumSet.of(
                            StepState.RUNNING,
                            StepState.COMPLETED,
                            StepState.FAILED,
                            StepState.TIMEOUT,
                            StepState.CANCELLED,
                            StepState.QUEUED),
            StepState.RUNNING,
                    EnumSet.of(
                            StepState.COMPLETED,
                            StepState.FAILED,
                            StepState.TIMEOUT,
                            StepState.CANCELLED,
                            StepState.QUEUED),
            StepState.COMPLETED, EnumSet.noneOf(StepState.class),
            StepState.FAILED, EnumSet.noneOf(StepState.class),
            StepState.TIMEOUT, EnumSet.noneOf(StepState.class),
            StepState.CANCELLED, EnumSet.noneOf(StepState.class)));

    private static final Map<ExecutionState, Set<ExecutionState>> EXECUTIONS = new EnumMap<>(Map.of(
            ExecutionState.PENDING, EnumSet.of(ExecutionState.RUNNING, ExecutionState.CANCELLED),
            ExecutionState.RUNNING,
                    EnumSet.of(
                            ExecutionState.COMPLETED,
                            ExecutionState.FAILED,
                            ExecutionState.TIMEOUT,
                            ExecutionState.CANCELLED),
            ExecutionState.COMPLETED, EnumSet.noneOf(ExecutionState.class),
            ExecutionState.FAILED, EnumSet.noneOf(ExecutionState.class),
            ExecutionState.TIMEOUT, EnumSet.noneOf(ExecutionState.class),
            ExecutionState.CANCELLED, EnumSet.noneOf(ExecutionState.class)));

    @Test
    void a_step_goes_only_where_the_table_says() {
        for (StepState from : StepState.values()) {
            for (StepState to : StepState.values()) {
                assertThat(from.mayBecome(to))
                        .as(from + " -> " + to)
                        .isEqualTo(STEPS.get(from).contains(to));
            }
        }
    }

    @Test
    void an_execution_goes_only_where_the_table_says() {
        for (ExecutionState from : ExecutionState.values()) {
            for (ExecutionState to : ExecutionState.values()) {
                assertThat(from.mayBecome(to))
                        .as(from + " -> " + to)
                        .isEqualTo(EXECUTIONS.get(from).contains(to));
            }
        }
    }

    @Test
    void a_state_is_final_exactly_when_nothing_follows() {
        assertThat(Arrays.stream(StepState.values()).filter(StepState::isFinal))
                .allMatch(state -> STEPS.get(state).isEmpty());
        assertThat(Arrays.stream(StepState.values()).filter(state -> !state.isFinal()))
                .noneMatch(state -> STEPS.get(state).isEmpty());
        assertThat(Arrays.stream(ExecutionState.values()).filter(ExecutionState::isFinal))
                .allMatch(state -> EXECUTIONS.get(state).isEmpty());
    }
}
