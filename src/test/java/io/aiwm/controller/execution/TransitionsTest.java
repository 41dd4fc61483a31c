package io.aiwm.controller.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.CommandResult.Outcome;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.FileKind;
import io.aiwm.protocol.TransferProgress;
import io.aiwm.testing.TestSettings;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Timelines of executions: no store, no bus, the clock is a value. */
class TransitionsTest {
    private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");
    private static final Config.Executions LIMITS = TestSettings.executions()
            .maxOpen(10_000)
            .retryBackoffMax(Duration.ofSeconds(60))
            .resendAfter(Duration.ofSeconds(5))
            .build();

    /** Where the placer sends everything; null: no node is free. */
    private String node = "n1";

    /** When the worker's own measure ends the attempt; null: it has said nothing. */
    private Instant measured;

    private final Transitions transitions = new Transitions(
            wish -> node == null ? Placer.PlacementResult.later("none is free") : Placer.PlacementResult.on(node),
            LIMITS,
            (nodeId, command) -> measured);

    @Test
    void what_a_worker_still_measures_is_not_too_late_however_this_clock_was_set() {
        Execution run = start(step(0));
        Instant later = T0.plus(Duration.ofHours(2));
        measured = later.plusSeconds(600);
        Execution seen = transitions.look(run, later);
        assertThat(seen.status()).isEqualTo(ExecutionState.RUNNING);
        assertThat(states(seen)).containsExactly(StepState.ASSIGNED);
        assertThat(seen.steps().get(0).current().deadline()).isEqualTo(measured);
        assertThat(seen.notes()).extracting(Execution.Note::event).contains("deadline-moved");
        assertThat(seen.wakeAtMs()).isGreaterThan(later.toEpochMilli());

        Execution over = transitions.look(seen, measured);
        assertThat(over.status()).isEqualTo(ExecutionState.TIMEOUT);
        measured = null;
        assertThat(transitions.look(run, later).status()).isEqualTo(ExecutionState.TIMEOUT);
    }

    @Test
    void a_measure_that_ends_a_moment_after_the_deadline_moves_nothing() {
        Execution run = start(step(0));
        Instant deadline = run.steps().get(0).current().deadline();
        measured = deadline.plusSeconds(1);
        assertThat(transitions.look(run, deadline).status()).isEqualTo(ExecutionState.TIMEOUT);
    }

    /** In its first moments a controller takes every node to measure still. */
    @Test
    void what_controllers_carry_out_ends_at_its_deadline_whatever_workers_may_still_measure() {
        node = Placer.CONTROLLER;
        Execution run = start(step(0));
        Instant deadline = run.steps().get(0).current().deadline();
        measured = deadline.plusSeconds(600);
        Execution seen = transitions.look(run, deadline);
        assertThat(seen.status()).isEqualTo(ExecutionState.TIMEOUT);
        assertThat(seen.finishedAt()).isEqualTo(deadline);
    }

    @Test
    void a_workers_clock_moves_no_begin_out_of_its_attempt() {
        Instant now = T0.plusSeconds(60);
        for (Duration ahead : List.of(Duration.ofHours(1), Duration.ofHours(-1))) {
            var result = new CommandResult(
                    null,
                    id(0, 1).toString(),
                    Outcome.success,
                    null,
                    null,
                    T0.plusSeconds(20).plus(ahead),
                    T0.plusSeconds(60).plus(ahead));
            Attempt attempt = transitions
                    .finished(start(step(0)), id(0, 1), "n1", result, "m", now)
                    .steps()
                    .get(0)
                    .current();
            assertThat(attempt.startedAt()).as("%s", ahead).isEqualTo(T0.plusSeconds(20));
        }
    }

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
    void a_command_is_sent_again_on_a_whole_second_and_never_too_soon() {
        Execution run = start(step(0), step(1, 0), step(2, 1));
        assertThat(run.wakeAtMs()).isEqualTo(T0.plusSeconds(5).toEpochMilli());
        Execution next = succeed(run, 0, 1, T0.plusMillis(1));
        assertThat(next.wakeAtMs()).isEqualTo(T0.plusSeconds(6).toEpochMilli());
        assertThat(succeed(next, 1, 1, T0.plusMillis(1_000)).wakeAtMs()).isEqualTo(next.wakeAtMs());
        assertThat(succeed(next, 1, 1, T0.plusMillis(1_001)).wakeAtMs()).isEqualTo(next.wakeAtMs() + 1_000);
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
    void a_step_past_its_deadline_times_out_and_so_does_its_execution() {
        StepSpec quick = StepSpecBuilder.builder()
                .index(0)
                .name("s0")
                .command("system.healthCheck")
                .dependsOn(List.of())
                .timeoutMs(500L)
                .maxRetries(0)
                .build();
        Execution run = start(quick);
        assertThat(run.wakeAtMs()).isEqualTo(T0.plusMillis(500).toEpochMilli());
        assertThat(transitions.look(run, T0.plusMillis(499)).status()).isEqualTo(ExecutionState.RUNNING);
        Execution late = transitions.look(run, T0.plusMillis(500));
        assertThat(states(late)).containsExactly(StepState.TIMEOUT);
        assertThat(late.status()).isEqualTo(ExecutionState.TIMEOUT);
    }

    @Test
    void an_execution_past_its_deadline_ends_even_while_it_waits_for_a_node() {
        node = null;
        Execution run = start(step(0));
        assertThat(run.steps().get(0).message()).isEqualTo("none is free");
        assertThat(transitions.look(run, T0.plus(Duration.ofHours(1))).status()).isEqualTo(ExecutionState.TIMEOUT);
    }

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
    void a_command_refused_because_it_came_after_its_deadline_has_timed_out() {
        var spec = StepSpecBuilder.builder()
                .index(0)
                .name("s0")
                .command("job.run")
                .dependsOn(List.of())
                .timeoutMs(5L)
                .maxRetries(0)
                .build();
        Execution run = start(spec);
        CommandId command = new CommandId(run.id(), 0, 1);
        assertThat(states(transitions.refused(run, command, "n1", "busy", T0.plusMillis(4))))
                .containsExactly(StepState.QUEUED);
        assertThat(states(transitions.refused(run, command, "n1", "expired", T0.plusMillis(5))))
                .containsExactly(StepState.TIMEOUT);
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
    void a_job_is_told_to_end_at_its_deadline_and_its_result_is_waited_for_after_that() {
        Execution running = transitions.acknowledged(start(saving(5_000)), id(0, 1), "n1", T0);
        Instant end = T0.plusMillis(5_000 + 60_000 + 60_000);
        assertThat(running.wakeAtMs()).isEqualTo(end.toEpochMilli());
        assertThat(transitions.look(running, end.minusMillis(1))).isSameAs(running);
        assertThat(transitions.look(running, end).status()).isEqualTo(ExecutionState.TIMEOUT);

        Execution never = start(saving(5_000));
        assertThat(transitions.look(never, T0.plusMillis(5_000)).status())
                .as("one that no worker has begun")
                .isEqualTo(ExecutionState.TIMEOUT);
    }

    @Test
    void at_the_end_of_an_execution_its_jobs_may_end_too_and_nothing_new_begins() {
        Execution running = transitions.acknowledged(start(saving(3_600_000), step(1, 0)), id(0, 1), "n1", T0);
        Instant whole = T0.plus(Duration.ofHours(1));
        Execution ending = transitions.look(running, whole);
        assertThat(states(ending)).containsExactly(StepState.RUNNING, StepState.CANCELLED);
        assertThat(ending.wakeAtMs()).isEqualTo(whole.plusSeconds(120).toEpochMilli());
        assertThat(transitions.look(ending, whole.plusSeconds(1))).isSameAs(ending);
        var stopped = new CommandResult(null, id(0, 1).toString(), Outcome.timeout, null, null, T0, T0);
        assertThat(transitions
                        .finished(ending, id(0, 1), "n1", stopped, "m", whole.plusSeconds(2))
                        .status())
                .isEqualTo(ExecutionState.TIMEOUT);
        assertThat(transitions.look(ending, whole.plusSeconds(120)).status()).isEqualTo(ExecutionState.TIMEOUT);
    }

    private static StepSpec saving(long timeoutMs) {
        var data = new JsonObject().put("graceMs", 60_000);
        return StepSpecBuilder.builder()
                .index(0)
                .name("s0")
                .command("job.run")
                .data(data)
                .dependsOn(List.of())
                .timeoutMs(timeoutMs)
                .maxRetries(0)
                .build();
    }

    @Test
    void what_ended_can_neither_be_cancelled_nor_started() {
        Execution done = succeed(start(step(0)), 0, 1);
        assertThatThrownBy(() -> transitions.cancel(done, "x", "ann", T0)).hasMessageContaining("already COMPLETED");
        assertThatThrownBy(() -> transitions.start(done, "ann", T0)).hasMessageContaining("only a PENDING one");
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

    private Execution start(StepSpec... steps) {
        var pending = ExecutionBuilder.builder()
                .id("ex_1")
                .version(1)
                .name("t")
                .category("custom")
                .status(ExecutionState.PENDING)
                .progress(0)
                .timeoutMs(3_600_000)
                .createdAt(T0)
                .wakeAtMs(Execution.NEVER)
                .nodeIds(List.of())
                .steps(Arrays.stream(steps).map(Step::of).toList())
                .notes(new ArrayList<>())
                .build();
        return transitions.start(pending, "ann", T0);
    }

    private Execution succeed(Execution run, int step, int attempt) {
        return succeed(run, step, attempt, T0);
    }

    private Execution succeed(Execution run, int step, int attempt, Instant at) {
        var done =
                new CommandResult(null, id(step, attempt).toString(), Outcome.success, new JsonObject(), null, T0, T0);
        return transitions.finished(run, id(step, attempt), "n1", done, "m", at);
    }

    private Execution fail(Execution run, int step, int attempt, boolean retryable) {
        return transitions.finished(run, id(step, attempt), "n1", result(step, attempt, retryable), "m", T0);
    }

    private static CommandResult result(int step, int attempt, boolean retryable) {
        var error = new CommandError(ErrorCategory.INTERNAL, "broken", retryable);
        return new CommandResult(null, id(step, attempt).toString(), Outcome.failure, null, error, T0, T0);
    }

    private static CommandId id(int step, int attempt) {
        return new CommandId("ex_1", step, attempt);
    }

    private static StepSpec step(int index, Integer... dependsOn) {
        return StepSpecBuilder.builder()
                .index(index)
                .name("s" + index)
                .command("system.healthCheck")
                .dependsOn(List.of(dependsOn))
                .maxRetries(0)
                .build();
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

    private static List<StepState> states(Execution run) {
        return run.steps().stream().map(Step::status).toList();
    }
}
