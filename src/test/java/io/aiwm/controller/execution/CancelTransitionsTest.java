package io.aiwm.controller.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.CommandResult.Outcome;
import io.aiwm.protocol.ErrorCategory;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An execution that is cancelled, and what its steps have until then. */
class CancelTransitionsTest extends TransitionsRig {
    @Test
    void cancel_drops_what_waits_and_waits_for_what_runs() {
        Execution asked = transitions.cancel(start(step(0), step(1, 0)), "enough", "ann", T0);
        assertThat(states(asked)).containsExactly(StepState.ASSIGNED, StepState.CANCELLED);
        assertThat(asked.status()).isEqualTo(ExecutionState.RUNNING);
        var confirmed = new CommandResult(null, id(0, 1).toString(), Outcome.cancelled, null, null, T0, T0);
        Execution done = transitions.finished(asked, id(0, 1), "n1", confirmed, "m", T0);
        assertThat(done.status()).isEqualTo(ExecutionState.CANCELLED);
        assertThat(transitions.cancel(done, "again", "ann", T0)).isSameAs(done);
    }

    @Test
    void a_refused_command_of_a_cancelled_execution_is_not_tried_again() {
        Execution asked = transitions.cancel(start(step(0)), "enough", "ann", T0);
        assertThat(transitions.refused(asked, id(0, 1), "n1", "disk full", T0).status())
                .isEqualTo(ExecutionState.CANCELLED);
    }

    @Test
    void a_cancel_nobody_confirms_ends_after_its_grace_and_says_so() {
        Execution asked = transitions.cancel(start(step(0)), "enough", "ann", T0);
        assertThat(transitions.look(asked, T0.plusSeconds(29)).status()).isEqualTo(ExecutionState.RUNNING);
        Execution ended = transitions.look(asked, T0.plusSeconds(30));
        assertThat(ended.status()).isEqualTo(ExecutionState.CANCELLED);
        assertThat(ended.notes()).extracting(Execution.Note::event).contains("cancel-unconfirmed");
    }

    @Test
    void a_job_that_is_told_to_end_has_its_grace_and_a_minute_more_before_anybody_gives_it_up() {
        Instant end = T0.plusMillis(60_000 + 60_000);
        Execution running = transitions.acknowledged(start(saving(3_600_000)), id(0, 1), "n1", T0);

        Execution asked = transitions.cancel(running, "enough", "ann", T0);
        assertThat(transitions.look(asked, end.minusMillis(1)).status()).isEqualTo(ExecutionState.RUNNING);
        assertThat(transitions.look(asked, end).status()).isEqualTo(ExecutionState.CANCELLED);

        for (ErrorCategory why : List.of(ErrorCategory.PREEMPTED, ErrorCategory.DRAINED)) {
            Execution evicted = transitions.evict(running, id(0, 1), new Eviction(why, "other work", T0), T0);
            assertThat(states(transitions.look(evicted, end.minusMillis(1)))).containsExactly(StepState.RUNNING);
            Execution again = transitions.look(evicted, end);
            assertThat(again.steps().get(0).attempt()).isEqualTo(2);
        }
    }

    @Test
    void what_ended_can_neither_be_cancelled_nor_started() {
        Execution done = succeed(start(step(0)), 0, 1);
        assertThatThrownBy(() -> transitions.cancel(done, "x", "ann", T0)).hasMessageContaining("already COMPLETED");
        assertThatThrownBy(() -> transitions.start(done, "ann", T0)).hasMessageContaining("only a PENDING one");
    }
}
