package io.aiwm.controller.execution;

import io.aiwm.controller.eventlog.Happening;
import io.aiwm.controller.eventlog.RoutineLimit;
import io.aiwm.protocol.CommandError;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;

/**
 * What happened to an execution in a change, as notes of that change. Of a job, whose one step is the job, only the job is told
 * of. Runs at every change of every execution, so it makes nothing where nothing is to be said, and of routine beyond the limit
 * only the type, which the log would count all the same.
 */
final class ExecutionHappenings {
    private final Execution before;
    private final Execution after;
    private final Instant now;
    private final RoutineLimit limit;
    private final String kind;
    private List<String> notes = List.of();

    private ExecutionHappenings(Execution before, Execution after, Instant now, RoutineLimit limit) {
        this.before = before;
        this.after = after;
        this.now = now;
        this.limit = limit;
        this.kind = Execution.JOB.equals(after.category()) ? "job" : "execution";
    }

    /** @param before null: it is new */
    static List<String> between(Execution before, Execution after, InstantSource clock, RoutineLimit limit) {
        boolean same = before != null
                && before.status() == after.status()
                && before.steps() == after.steps()
                && before.cancelAsked() == after.cancelAsked();
        return same ? List.of() : new ExecutionHappenings(before, after, clock.instant(), limit).notes();
    }

    private List<String> notes() {
        if (before == null) {
            String actor = after.notes().isEmpty() ? null : after.notes().get(0).actor();
            routine(kind + ".created", happening -> happening.actor(actor));
        }
        ExecutionState was = before == null ? ExecutionState.PENDING : before.status();
        boolean ends = after.status().isFinal();
        if (was != after.status() && !ends) {
            become(kind + "." + word(was));
        }
        if (before != null
                && after.cancelAsked()
                && !before.cancelAsked()
                && !after.status().isFinal()) {
            routine(kind + ".cancelling", happening -> happening.text(after.cancelReason()));
        }
        if (kind.equals("execution") && (before == null || before.steps() != after.steps())) {
            after.steps().forEach(this::step);
        }
        if (was != after.status() && ends) { // the last step ends in the same write, and is told before
            become(kind + "." + word(was));
        }
        return notes;
    }

    private void become(String type) {
        switch (after.status()) {
            case FAILED, TIMEOUT -> add(because(begun(type).error(), after.error()));
            case CANCELLED -> routine(type, happening -> happening.text(after.cancelReason()));
            case PENDING, RUNNING, COMPLETED -> routine(type, UnaryOperator.identity());
        }
    }

    private Happening begun(String type) {
        return Happening.of(type, now).name(after.name()).owner(after.privateTo());
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
        String type = "step." + word;
        switch (step.status()) {
            case FAILED, TIMEOUT -> add(because(of(step, begun(type)).error(), errorOf(step)));
            case QUEUED -> add(of(step, begun(type)).warning().text(step.message()));
            case PENDING, ASSIGNED, RUNNING, COMPLETED, CANCELLED -> routine(type, happening -> of(step, happening));
        }
    }

    private static Happening of(Step step, Happening happening) {
        return happening.step(step.spec().index()).node(step.nodeId());
    }

    private static CommandError errorOf(Step step) {
        return step.attempts().isEmpty()
                ? null
                : step.attempts().get(step.attempts().size() - 1).error();
    }

    /** Beyond the limit it is only counted. */
    private void routine(String type, UnaryOperator<Happening> details) {
        add(limit.takes() ? details.apply(begun(type)).note() : type);
    }

    private void add(Happening happening) {
        add(happening.note());
    }

    private void add(String note) {
        notes = notes.isEmpty() ? new ArrayList<>(3) : notes;
        notes.add(note);
    }
}
