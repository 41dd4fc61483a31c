package io.aiwm.controller.execution;

import io.aiwm.controller.eventlog.EventNote;
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
final class ExecutionEventNotes {
    private final Execution before;
    private final Execution after;
    private final Instant now;
    private final RoutineLimit limit;
    private final String kind;
    private List<String> notes = List.of();

    private ExecutionEventNotes(Execution before, Execution after, Instant now, RoutineLimit limit) {
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
        return same ? List.of() : new ExecutionEventNotes(before, after, clock.instant(), limit).notes();
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
            routine(kind + ".cancelling", this::cancelled);
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
            case CANCELLED -> routine(type, this::cancelled);
            case RUNNING -> routine(type, happening -> happening.actor(who("retried")));
            case PENDING, COMPLETED -> routine(type, UnaryOperator.identity());
        }
    }

    private EventNote cancelled(EventNote happening) {
        return happening.text(after.cancelReason()).actor(who("cancel-asked"));
    }

    /** Who did this last. Null: nobody, or too long ago. */
    private String who(String did) {
        for (int i = after.notes().size() - 1; i >= 0; i--) {
            if (did.equals(after.notes().get(i).event())) {
                return after.notes().get(i).actor();
            }
        }
        return null;
    }

    private EventNote begun(String type) {
        return EventNote.of(type, now).name(after.name()).owner(after.privateTo());
    }

    private String word(ExecutionState was) {
        return after.status() == ExecutionState.RUNNING
                ? was.isFinal() ? "retried" : "started"
                : after.status().name().toLowerCase(Locale.ROOT);
    }

    private static EventNote because(EventNote happening, CommandError error) {
        return error == null
                ? happening
                : happening.reason(error.category().wire()).text(error.message());
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
            case QUEUED ->
                add(of(step, begun(type)).warning().reason(codeOf(old)).text(step.message()));
            case PENDING, ASSIGNED, RUNNING, COMPLETED, CANCELLED -> routine(type, happening -> of(step, happening));
        }
    }

    private static EventNote of(Step step, EventNote happening) {
        return happening.step(step.spec().index()).node(step.nodeId());
    }

    /** Why its attempt ended. @param old before it ended */
    private String codeOf(Step old) {
        Step now = Execution.stepOf(after, old.spec().index());
        int last = old.attempts().size() - 1;
        CommandError error = last < 0 || last >= now.attempts().size()
                ? null
                : now.attempts().get(last).error();
        return error == null ? null : error.category().wire();
    }

    private static CommandError errorOf(Step step) {
        return step.attempts().isEmpty()
                ? null
                : step.attempts().get(step.attempts().size() - 1).error();
    }

    /** Beyond the limit it is only counted. */
    private void routine(String type, UnaryOperator<EventNote> details) {
        add(limit.takes() ? details.apply(begun(type)).note() : type);
    }

    private void add(EventNote happening) {
        add(happening.note());
    }

    private void add(String note) {
        notes = notes.isEmpty() ? new ArrayList<>(3) : notes;
        notes.add(note);
    }
}
