package io.aiwm.controller.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.aiwm.common.Failure;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.TransferProgress;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Timelines of executions: in which order steps run, and what results, lost nodes and late news change. */
class TransitionsTest extends TransitionsRig {
    @Test
    void a_chain_runs_one_step_after_the_other() {
        Execution run = start(step(0), step(1, 0), step(2, 1));
        assertThat(states(run)).containsExactly(StepState.ASSIGNED, StepState.PENDING, StepState.PENDING);
        run = succeed(run, 0, 1);
        assertThat(states(run)).containsExactly(StepState.COMPLETED, StepState.ASSIGNED, StepState.PENDING);
        assertThat(run.progress()).isEqualTo(33);
        run = succeed(succeed(run, 1, 1), 2, 1);
        assertThat(run.status()).isEqualTo(ExecutionState.COMPLETED);
        assertThat(run.progress()).isEqualTo(100);
        assertThat(run.wakeAtMs())
                .as("never due, and in the order of its end")
                .isEqualTo(Execution.NEVER + run.finishedAt().toEpochMilli());
    }

    @Test
    void independent_steps_run_side_by_side_and_a_join_waits_for_all() {
        Execution run = start(step(0), step(1), step(2, 0, 1));
        assertThat(states(run)).containsExactly(StepState.ASSIGNED, StepState.ASSIGNED, StepState.PENDING);
        run = succeed(run, 1, 1);
        assertThat(states(run)).containsExactly(StepState.ASSIGNED, StepState.COMPLETED, StepState.PENDING);
        assertThat(states(succeed(run, 0, 1)).get(2)).isEqualTo(StepState.ASSIGNED);
    }

    @Test
    void a_failed_step_cancels_those_that_need_it_and_fails_the_execution() {
        Execution run = fail(start(step(0), step(1, 0), step(2, 1)), 0, 1, false);
        assertThat(states(run)).containsExactly(StepState.FAILED, StepState.CANCELLED, StepState.CANCELLED);
        assertThat(run.status()).isEqualTo(ExecutionState.FAILED);
        assertThat(run.error().message()).isEqualTo("broken");
        assertThat(run.steps().get(1).error().message()).contains("depends on step 0");
    }

    @Test
    void an_optional_step_may_fail() {
        StepSpec optional = StepSpecBuilder.builder()
                .index(0)
                .name("s0")
                .command("system.healthCheck")
                .dependsOn(List.of())
                .optional(true)
                .maxRetries(0)
                .build();
        Execution run = fail(start(optional, step(1, 0)), 0, 1, false);
        assertThat(states(run)).containsExactly(StepState.FAILED, StepState.ASSIGNED);
        assertThat(succeed(run, 1, 1).status()).isEqualTo(ExecutionState.COMPLETED);
    }

    @Test
    void a_result_delivered_twice_changes_nothing() {
        Execution once = succeed(start(step(0), step(1, 0)), 0, 1);
        assertThat(succeed(once, 0, 1)).isSameAs(once);
    }

    @Test
    void a_late_result_of_an_older_attempt_is_noted_once_and_changes_no_state() {
        Execution run = lost(start(step(0)), "n1", T0.plusSeconds(90));
        assertThat(run.steps().get(0).attempt()).isEqualTo(2);
        Execution late = succeed(run, 0, 1);
        assertThat(states(late)).isEqualTo(states(run));
        assertThat(late.notes()).extracting(Execution.Note::event).contains("superseded-unconfirmed", "late-result");
        assertThat(succeed(late, 0, 1)).isSameAs(late);
    }

    @Test
    void a_late_result_that_an_older_version_has_noted_in_words_is_not_noted_again() {
        Execution run = lost(start(step(0)), "n1", T0.plusSeconds(90));
        String detail = "attempt 1 on n1: success";
        Execution older = run.noted(new Execution.Note(T0, "system", "late-result", 0, null, detail));
        assertThat(succeed(older, 0, 1)).isSameAs(older);
        Execution another = run.noted(new Execution.Note(T0, "system", "late-result", 0, 2, detail));
        assertThat(succeed(another, 0, 1).notes())
                .as("of another attempt")
                .hasSize(another.notes().size() + 1);
    }

    @Test
    void a_node_cannot_speak_of_another_nodes_command_nor_of_one_that_is_not() {
        Execution run = start(step(0));
        for (CommandId forged : List.of(id(0, 1), id(0, 2), id(7, 1), id(0, 0), id(-1, 1))) {
            String who = forged.equals(id(0, 1)) ? "n2" : "n1";
            assertThatThrownBy(() -> transitions.finished(run, forged, who, result(0, 1, false), "m", T0))
                    .as(forged.toString())
                    .isInstanceOf(Failure.class)
                    .hasMessageContaining("was not given to node");
            assertThatThrownBy(() -> transitions.progressed(run, forged, who, 50, "", null, T0))
                    .isInstanceOf(Failure.class);
            assertThatThrownBy(() -> transitions.acknowledged(run, forged, who, T0))
                    .isInstanceOf(Failure.class);
        }
    }

    @Test
    void a_lost_node_is_handled_as_the_step_wishes() {
        Execution run = start(losing(0, OnNodeLost.RESCHEDULE), losing(1, OnNodeLost.WAIT), losing(2, OnNodeLost.FAIL));
        Execution after = lost(run, "n1", T0);
        assertThat(states(after)).containsExactly(StepState.ASSIGNED, StepState.ASSIGNED, StepState.FAILED);
        assertThat(after.steps()).extracting(Step::attempt).containsExactly(2, 1, 1);
        assertThat(lost(run, "n2", T0)).isSameAs(run);
    }

    private Execution lost(Execution seen, String nodeId, Instant now) {
        return transitions.lost(seen, seen, nodeId, "gone", now);
    }

    @Test
    void an_attempt_that_the_node_was_given_after_its_return_is_not_lost_with_those_before() {
        Execution found = start(step(0));
        Execution again = transitions.lost(found, found, "n1", "gone", T0);
        assertThat(again.steps()).extracting(Step::attempt, Step::nodeId).containsExactly(tuple(2, "n1"));
        assertThat(transitions.lost(again, found, "n1", "gone", T0))
                .as("another controller finds the same, a moment later")
                .isSameAs(again);
        assertThat(found.hasAttempt(found.steps().get(0), "n2")).isFalse();
    }

    @Test
    void losing_nodes_again_and_again_ends_too() {
        Execution run = start(step(0));
        for (int i = 0; i < 4; i++) {
            run = lost(run, "n1", T0);
        }
        assertThat(run.status()).isEqualTo(ExecutionState.FAILED);
        assertThat(run.steps().get(0).attempt()).isEqualTo(1 + Retries.LOST_RETRIES);
    }

    @Test
    void an_ack_makes_it_running_and_progress_shows() {
        Execution run = transitions.acknowledged(start(step(0), step(1, 0)), id(0, 1), "n1", T0);
        assertThat(states(run).get(0)).isEqualTo(StepState.RUNNING);
        var half = TransferProgress.of(5, 10, 1, null);
        run = transitions.progressed(run, id(0, 1), "n1", 50, "half", half, T0);
        assertThat(run.steps().get(0).transfer()).isEqualTo(half);
        assertThat(succeed(run, 0, 1).steps().get(0).transfer()).isNull();
        assertThat(run.progress()).isEqualTo(25);
        assertThat(run.steps().get(0).message()).isEqualTo("half");
    }

    private static StepSpec losing(int index, OnNodeLost policy) {
        return StepSpecBuilder.builder()
                .index(index)
                .name("s")
                .command("system.healthCheck")
                .dependsOn(List.of())
                .maxRetries(0)
                .onNodeLost(policy)
                .build();
    }
}
