package io.aiwm.controller.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.eventlog.RoutineLimit;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExecutionEventNotesTest {
    private static final Instant T0 = Instant.parse("2026-11-27T10:00:00Z");

    private final Timeline timeline = new Timeline(wish -> Placer.PlacementResult.on("n1"));

    private static List<JsonObject> between(Execution before, Execution after) {
        return notes(before, after, new RoutineLimit(100)).stream()
                .map(JsonObject::new)
                .toList();
    }

    private static List<String> notes(Execution before, Execution after, RoutineLimit limit) {
        return ExecutionEventNotes.between(before, after, () -> T0, limit);
    }

    private static List<String> types(Execution before, Execution after) {
        return between(before, after).stream()
                .map(note -> note.getString("type"))
                .toList();
    }

    private Execution started() {
        return timeline.start(
                "e1",
                List.of(StepSpecBuilder.builder()
                        .index(0)
                        .name("s0")
                        .command("system.healthCheck")
                        .build()),
                T0);
    }

    @Test
    void a_run_is_told_from_its_beginning_to_its_end() {
        Execution run = started();
        assertThat(types(null, run)).containsExactly("execution.created", "execution.started");
        Execution done = timeline.ends(run, new CommandId("e1", 0, 1), "n1", T0);
        assertThat(types(run, done)).containsExactly("step.completed", "execution.completed");
        assertThat(between(run, done).get(0))
                .isEqualTo(new JsonObject()
                        .put("type", "step.completed")
                        .put("at", T0.toString())
                        .put("step", 0)
                        .put("name", "e1")
                        .put("nodeId", "n1"));
        assertThat(types(done, done)).isEmpty();
    }

    @Test
    void what_fails_is_an_error_with_its_reason() {
        Execution run = started();
        Execution failed = timeline.fails(run, new CommandId("e1", 0, 1), "n1", ErrorCategory.INVALID, T0);
        JsonObject told = between(run, failed).get(1);
        assertThat(told.getString("type")).isEqualTo("execution.failed");
        assertThat(told.getString("severity")).isEqualTo("error");
        assertThat(told.getString("reasonCode")).isEqualTo("invalid");
        assertThat(told.getString("text")).isEqualTo("it broke");
    }

    @Test
    void routine_beyond_the_limit_is_its_type_alone_and_what_fails_is_told_in_full() {
        var none = new RoutineLimit(0);
        Execution run = started();
        assertThat(notes(null, run, none)).containsExactly("execution.created", "execution.started");
        Execution done = timeline.ends(run, new CommandId("e1", 0, 1), "n1", T0);
        assertThat(notes(run, done, none)).containsExactly("step.completed", "execution.completed");
        Execution failed = timeline.fails(run, new CommandId("e1", 0, 1), "n1", ErrorCategory.INVALID, T0);
        assertThat(notes(run, failed, none))
                .hasSize(2)
                .allSatisfy(note ->
                        assertThat(new JsonObject(note).getString("severity")).isEqualTo("error"));
    }

    @Test
    void a_job_is_told_as_a_job_and_not_by_its_step() {
        Execution run =
                ExecutionBuilder.builder(started()).category(Execution.JOB).build();
        assertThat(types(null, run)).containsExactly("job.created", "job.started");
        Execution done = ExecutionBuilder.builder(timeline.ends(run, new CommandId("e1", 0, 1), "n1", T0))
                .build();
        assertThat(types(run, done)).containsExactly("job.completed");
    }

    @Test
    void who_cancelled_it_and_who_tried_again_is_told() {
        Execution run = started();
        Execution asked = ExecutionBuilder.builder(run)
                .cancelReason("enough")
                .notes(List.of(
                        new Execution.Note(T0, "eve", "created", null, null, null),
                        new Execution.Note(T0, "ada", "cancel-asked", null, null, "enough")))
                .build();
        Execution gone =
                ExecutionBuilder.builder(asked).status(ExecutionState.CANCELLED).build();
        Execution again = ExecutionBuilder.builder(gone)
                .status(ExecutionState.RUNNING)
                .notes(List.of(new Execution.Note(T0, "bob", "retried", null, null, null)))
                .build();
        assertThat(between(run, asked))
                .extracting(note -> note.getString("actor"))
                .containsExactly("ada");
        assertThat(between(asked, gone))
                .extracting(note -> note.getString("actor"))
                .containsExactly("ada");
        assertThat(between(gone, again))
                .extracting(note -> note.getString("actor"))
                .containsExactly("bob");
    }

    @Test
    void a_step_that_is_tried_again_says_why() {
        Execution run = started();
        Execution again = timeline.fails(run, new CommandId("e1", 0, 1), "n1", ErrorCategory.NOT_FOUND, T0);
        Step queued = StepBuilder.builder(again.steps().get(0))
                .status(StepState.QUEUED)
                .build();
        Execution waits = ExecutionBuilder.builder(run).steps(List.of(queued)).build();
        assertThat(between(run, waits)).singleElement().satisfies(note -> {
            assertThat(note.getString("type")).isEqualTo("step.retrying");
            assertThat(note.getString("reasonCode")).isEqualTo("not-found");
        });
    }

    @Test
    void what_an_agent_does_for_a_user_is_told_to_nobody_else() {
        var notes = List.of(new Execution.Note(T0, "ada", "created", null, null, null));
        Execution run = ExecutionBuilder.builder(started())
                .category(Execution.AGENT)
                .notes(notes)
                .build();
        Execution failed = timeline.fails(run, new CommandId("e1", 0, 1), "n1", ErrorCategory.INVALID, T0);
        Execution asked = ExecutionBuilder.builder(run).cancelReason("enough").build();
        assertThat(between(null, run)).hasSize(2).allMatch(note -> "ada".equals(note.getString("owner")));
        assertThat(between(run, failed)).hasSize(2).allMatch(note -> "ada".equals(note.getString("owner")));
        assertThat(between(run, asked)).hasSize(1).allMatch(note -> "ada".equals(note.getString("owner")));
        assertThat(between(null, started())).noneMatch(note -> note.containsKey("owner"));
    }
}
