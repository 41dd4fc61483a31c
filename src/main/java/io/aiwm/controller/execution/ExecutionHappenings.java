package io.aiwm.controller.execution;

import io.aiwm.controller.eventlog.Happening;
import io.aiwm.protocol.CommandError;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What happened to an execution in a change, as notes of that change. Of a job, whose one step is the job, only the job is told
 * of. Runs at every change of every execution, so it makes nothing where nothing is to be said.
 */
final class ExecutionHappenings {
    private final Execution before;
    private final Execution after;
    private final Instant now;
    private final String kind;
    private List<String> notes = List.of();

    private ExecutionHappenings(Execution before, Execution after, Instant now) {
        this.before = before;
        this.after = after;
        this.now = now;
        this.kind = Execution.JOB.equals(after.category()) ? "job" : "execution";
    }

    /** @param before null: it is new */
    static List<String> between(Execution before, Execution after, InstantSource clock) {
        boolean same = before != null
                && before.status() == after.status()
                && before.steps() == after.steps()
                && before.cancelAsked() == after.cancelAsked();
        return same ? List.of() : new ExecutionHappenings(before, after, clock.instant()).notes();
    }

    private List<String> notes() {
        if (before == null) {
            add(begun("created")
                    .actor(after.notes().isEmpty() ? null : after.notes().get(0).actor()));
        }
        ExecutionState was = before == null ? ExecutionState.PENDING : before.status();
        if (was != after.status()) {
            add(begun(word(was)));
        }
        if (before != null
                && after.cancelAsked()
                && !before.cancelAsked()
                && !after.status().isFinal()) {
            add(begun("cancelling").text(after.cancelReason()));
        }
        if (kind.equals("execution") && (before == null || before.steps() != after.steps())) {
            after.steps().forEach(this::step);
        }
        return notes;
    }

    private Happening begun(String word) {
        Happening happening =
                Happening.of(kind + "." + word, now).name(after.name()).owner(after.privateTo());
        if (before == null || before.status() == after.status()) {
            return happening;
        }
        return switch (after.status()) {
            case FAILED -> because(happening.error(), after.error());
            case TIMEOUT -> because(happening.error(), after.error());
            case CANCELLED -> happening.text(after.cancelReason());
            case PENDING, RUNNING, COMPLETED -> happening;
        };
    }

    private String word(ExecutionState was) {
        return after.status() == ExecutionState.RUNNING
                ? was.isFinal() ? "retried" : "started"
                : after.status().name().toLowerCase(Locale.ROOT);
    }

    private static Happening because(Happening happening, CommandError error) {
        return error == null
                ? happening
                : happening
                        .reason(error.category().name().toLowerCase(Locale.ROOT))
                        .text(error.message());
    }

    private void step(Step step) {
        Step old = Execution.stepOf(before, step.spec().index());
        if (old == step || (old != null && old.status() == step.status())) {
            return;
        }
        String word = switch (step.status()) {
            case RUNNING -> "started";
            case COMPLETED -> "completed";
            case FAILED -> "failed";
            case TIMEOUT -> "timeout";
            case CANCELLED -> "cancelled";
            // back from an attempt that was lost or failed; else it only comes nearer to its first one
            case QUEUED -> old != null && old.status().isOpenAttempt() ? "retrying" : null;
            case PENDING, ASSIGNED -> null;
        };
        if (word == null || (old == null && step.status() != StepState.RUNNING)) {
            return;
        }
        Happening happening = Happening.of("step." + word, now)
                .step(step.spec().index())
                .name(after.name())
                .owner(after.privateTo())
                .node(step.nodeId());
        switch (step.status()) {
            case FAILED, TIMEOUT -> because(happening.error(), errorOf(step));
            case QUEUED -> happening.warning().text(step.message());
            case PENDING, ASSIGNED, RUNNING, COMPLETED, CANCELLED -> {}
        }
        add(happening);
    }

    private static CommandError errorOf(Step step) {
        return step.attempts().isEmpty()
                ? null
                : step.attempts().get(step.attempts().size() - 1).error();
    }

    private void add(Happening happening) {
        notes = notes.isEmpty() ? new ArrayList<>(3) : notes;
        notes.add(happening.note());
    }
}
