package io.aiwm.controller.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.CommandResult.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Deadlines of attempts and executions, by the clocks of the controller and of the worker. */
class DeadlineTransitionsTest extends TransitionsRig {
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
    void a_command_is_sent_again_on_a_whole_second_and_never_too_soon() {
        Execution run = start(step(0), step(1, 0), step(2, 1));
        assertThat(run.wakeAtMs()).isEqualTo(T0.plusSeconds(5).toEpochMilli());
        Execution next = succeed(run, 0, 1, T0.plusMillis(1));
        assertThat(next.wakeAtMs()).isEqualTo(T0.plusSeconds(6).toEpochMilli());
        assertThat(succeed(next, 1, 1, T0.plusMillis(1_000)).wakeAtMs()).isEqualTo(next.wakeAtMs());
        assertThat(succeed(next, 1, 1, T0.plusMillis(1_001)).wakeAtMs()).isEqualTo(next.wakeAtMs() + 1_000);
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
}
