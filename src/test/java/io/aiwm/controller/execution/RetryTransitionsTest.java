package io.aiwm.controller.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.CommandResult.Outcome;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.FileKind;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Attempts that follow a failure, and retries that somebody asks for. */
class RetryTransitionsTest extends TransitionsRig {
    @Test
    void a_retryable_failure_is_tried_again_after_a_backoff_that_doubles() {
        Execution run = fail(start(retrying(2)), 0, 1, true);
        assertThat(states(run)).containsExactly(StepState.QUEUED);
        assertThat(transitions.look(run, T0.plusMillis(999)).steps().get(0).status())
                .isEqualTo(StepState.QUEUED);
        run = transitions.look(run, T0.plusMillis(1_000));
        assertThat(run.steps().get(0).attempt()).isEqualTo(2);
        run = transitions.finished(run, id(0, 2), "n1", result(0, 2, true), "m", T0.plusSeconds(1));
        assertThat(run.steps().get(0).notBefore()).isEqualTo(T0.plusSeconds(3));
        run = transitions.look(run, T0.plusSeconds(3));
        run = transitions.finished(run, id(0, 3), "n1", result(0, 3, true), "m", T0.plusSeconds(4));
        assertThat(run.status()).isEqualTo(ExecutionState.FAILED);
        assertThat(run.steps().get(0).attempts()).hasSize(3);
    }

    @Test
    void what_cannot_succeed_is_not_tried_again() {
        assertThat(fail(start(retrying(5)), 0, 1, false).status()).isEqualTo(ExecutionState.FAILED);
    }

    @Test
    void what_a_node_did_not_take_has_run_nothing_and_costs_no_retry_until_that_has_happened_too_often() {
        Execution run = start(retrying(1));
        Instant now = T0;
        for (int attempt = 1; attempt <= Retries.FREE_REFUSALS; attempt++) {
            run = transitions.refused(run, id(0, attempt), "n1", "disk full", now);
            assertThat(states(run)).containsExactly(StepState.QUEUED);
            Instant next = run.steps().get(0).notBefore();
            assertThat(Duration.between(now, next)).isEqualTo(Duration.ofSeconds(Math.min(60, 1L << (attempt - 1))));
            now = next;
            run = transitions.look(run, now);
        }
        Step refused = run.steps().get(0);
        assertThat(refused.attempts().get(0).error().category()).isEqualTo(ErrorCategory.REFUSED);
        // the one retry is there still
        run = transitions.refused(run, id(0, refused.attempt()), "n1", "disk full", now);
        assertThat(states(run)).containsExactly(StepState.QUEUED);
        now = run.steps().get(0).notBefore();
        run = transitions.look(run, now);
        run = transitions.refused(run, id(0, refused.attempt() + 1), "n1", "disk full", now);
        assertThat(run.status()).isEqualTo(ExecutionState.FAILED);
        assertThat(run.error().message()).contains("n1 refused: disk full");
    }

    @Test
    void a_program_that_fails_after_refusals_has_all_its_retries() {
        Execution run = transitions.refused(start(retrying(1)), id(0, 1), "n1", "disk full", T0);
        run = transitions.look(run, run.steps().get(0).notBefore());
        run = fail(run, 0, 2, true);
        assertThat(states(run)).containsExactly(StepState.QUEUED);
        run = transitions.look(run, run.steps().get(0).notBefore());
        assertThat(fail(run, 0, 3, true).status()).isEqualTo(ExecutionState.FAILED);
    }

    @Test
    void an_attempt_goes_on_from_the_newest_outputs_before_it_where_that_is_asked_for() {
        for (boolean asked : new boolean[] {true, false}) {
            var data = asked ? new JsonObject().put("resumeFrom", "outputs") : new JsonObject();
            Execution run = start(StepSpecBuilder.builder()
                    .index(0)
                    .name("s0")
                    .command("job.run")
                    .data(data)
                    .dependsOn(List.of())
                    .maxRetries(5)
                    .build());
            run = evicted(
                    run, 1, new JsonObject().put("outputs", new JsonObject().put("fileId", "chosen by a worker")));
            run = evicted(run, 2, null);
            assertThat(run.steps().get(0).attempts())
                    .extracting(Attempt::outputs)
                    .containsExactly(true, false, false);
            assertThat(run.steps().get(0).resumeFile(id(0, 3)))
                    .isEqualTo(asked ? CommandId.fileId("ex_1.0.1", FileKind.outputs) : null);
            assertThat(run.steps().get(0).resumeFile(id(0, 1))).isNull();
        }
    }

    private Execution evicted(Execution run, int attempt, JsonObject output) {
        var why = new Eviction(ErrorCategory.PREEMPTED, "other work", T0);
        var stopped = new CommandResult(null, id(0, attempt).toString(), Outcome.cancelled, output, null, T0, T0);
        return transitions.finished(
                transitions.evict(run, id(0, attempt), why, T0), id(0, attempt), "n1", stopped, "m", T0);
    }

    @Test
    void a_retry_does_not_forget_how_the_execution_ended_before() {
        Execution failed = fail(start(step(0)), 0, 1, false);
        Execution again = transitions.retry(failed, RetrySelection.UNFINISHED, "ann", T0.plusSeconds(9));
        var last = again.notes().subList(again.notes().size() - 2, again.notes().size());
        assertThat(last).extracting(Execution.Note::event).containsExactly("FAILED", "retried");
        assertThat(last.get(0).at()).isEqualTo(failed.finishedAt());
        assertThat(last.get(0).detail()).isEqualTo(failed.error().message());
    }

    @Test
    void a_retry_keeps_what_is_done_and_opens_new_attempts() {
        Execution failed = fail(succeed(start(step(0), step(1, 0)), 0, 1), 1, 1, false);
        Execution again = transitions.retry(failed, RetrySelection.UNFINISHED, "ann", T0);
        assertThat(states(again)).containsExactly(StepState.COMPLETED, StepState.ASSIGNED);
        assertThat(again.steps().get(1).attempt()).isEqualTo(2);
        assertThat(states(transitions.retry(failed, RetrySelection.EVERYTHING, "ann", T0)))
                .containsExactly(StepState.ASSIGNED, StepState.PENDING);
        assertThatThrownBy(() -> transitions.retry(start(step(0)), RetrySelection.EVERYTHING, "ann", T0))
                .hasMessageContaining("RUNNING");
    }

    @Test
    void a_retry_of_one_step_runs_what_waited_for_it_and_nothing_else() {
        // 0 -> 1 (failed) -> 3 (dropped); 2 failed on its own; 4 has completed
        Execution run = start(step(0), step(1, 0), step(2, 0), step(3, 1), step(4, 0));
        Execution failed = fail(fail(succeed(succeed(run, 0, 1), 4, 1), 1, 1, false), 2, 1, false);
        Execution again = transitions.retry(failed, steps(1), "ann", T0);
        assertThat(states(again))
                .containsExactly(
                        StepState.COMPLETED,
                        StepState.ASSIGNED,
                        StepState.FAILED,
                        StepState.PENDING,
                        StepState.COMPLETED);
        Execution ended = succeed(succeed(again, 1, 2), 3, 1);
        assertThat(ended.status()).as("step 2 has failed still").isEqualTo(ExecutionState.FAILED);
        assertThat(again.notes().get(again.notes().size() - 1).detail()).isEqualTo("steps 1");
    }

    @Test
    void a_retry_from_a_step_runs_every_step_after_it_and_of_what_completed_too() {
        Execution run = start(step(0), step(1, 0), step(2, 1), step(3, 0));
        Execution done = succeed(succeed(succeed(succeed(run, 0, 1), 1, 1), 2, 1), 3, 1);
        assertThat(done.status()).isEqualTo(ExecutionState.COMPLETED);
        Execution again = transitions.retry(done, new RetrySelection(false, null, 1), "ann", T0);
        assertThat(states(again))
                .containsExactly(StepState.COMPLETED, StepState.ASSIGNED, StepState.PENDING, StepState.COMPLETED);
        assertThat(succeed(succeed(again, 1, 2), 2, 2).status()).isEqualTo(ExecutionState.COMPLETED);
        assertThat(states(transitions.retry(done, steps(1), "ann", T0)))
                .as("what has completed stays unless it is named")
                .containsExactly(StepState.COMPLETED, StepState.ASSIGNED, StepState.COMPLETED, StepState.COMPLETED);
    }

    @Test
    void a_retry_refuses_by_name_what_could_not_run() {
        Execution failed = fail(start(step(0), step(1, 0), step(2, 1)), 0, 1, false);
        assertThatThrownBy(() -> transitions.retry(failed, steps(0, 9), "ann", T0))
                .hasMessage("/steps/1: step 9 does not exist; steps are 0 to 2");
        assertThatThrownBy(() -> transitions.retry(failed, steps(2), "ann", T0))
                .hasMessage("/steps/0: step 2 depends on step 1, which ended CANCELLED; run that one again");
        assertThatThrownBy(() -> transitions.retry(failed, new RetrySelection(false, null, 1), "ann", T0))
                .hasMessage("/from: step 1 depends on step 0, which ended FAILED; run that one again");
        assertThatThrownBy(() -> transitions.retry(failed, new RetrySelection(false, List.of(0), 0), "ann", T0))
                .hasMessageStartingWith("/from: ");
        assertThatThrownBy(() -> transitions.retry(failed, new RetrySelection(true, null, 0), "ann", T0))
                .hasMessageStartingWith("/resetCompleted: ");
        assertThat(states(transitions.retry(failed, steps(2, 1, 0), "ann", T0)))
                .containsExactly(StepState.ASSIGNED, StepState.PENDING, StepState.PENDING);
    }

    @Test
    void a_retry_of_one_step_needs_nothing_of_a_step_that_may_fail() {
        StepSpec optional = StepSpecBuilder.builder(step(0)).optional(true).build();
        Execution failed = fail(fail(start(optional, step(1, 0)), 0, 1, false), 1, 1, false);
        assertThat(states(transitions.retry(failed, steps(1), "ann", T0)))
                .containsExactly(StepState.FAILED, StepState.ASSIGNED);
    }

    private static RetrySelection steps(Integer... steps) {
        return new RetrySelection(false, List.of(steps), null);
    }

    private static StepSpec retrying(int maxRetries) {
        return StepSpecBuilder.builder()
                .index(0)
                .name("s0")
                .command("system.healthCheck")
                .dependsOn(List.of())
                .maxRetries(maxRetries)
                .build();
    }
}
