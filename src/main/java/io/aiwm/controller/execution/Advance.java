package io.aiwm.controller.execution;

import io.aiwm.boot.Config;
import io.aiwm.common.Ids;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.ErrorCategory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes an execution as far as it can go now: steps whose dependencies are done are queued, queued ones are assigned
 * where a node is free, those that can no longer run are cancelled, and an execution with nothing left is finished. Pure
 * but for the placer's view and fresh message ids; running it again changes nothing.
 */
final class Advance {
    /** A waiting step is looked at by the scheduler; this is for a step the scheduler has lost. */
    private static final Duration WAITING_LOOK = Duration.ofMinutes(1);

    private static final long MOST_LATER_MILLIS = 1_000;

    private final Placer placer;
    private final Config.Executions limits;
    private final Deadlines deadlines;

    Advance(Placer placer, Config.Executions limits, Deadlines deadlines) {
        this.placer = placer;
        this.limits = limits;
        this.deadlines = deadlines;
    }

    Execution apply(Execution seen, Instant now) {
        if (seen.status() != ExecutionState.RUNNING) {
            return seen;
        }
        Execution moved = steps(seen, now);
        if (moved.steps().stream().allMatch(step -> step.status().isFinal())) {
            return finish(moved, now);
        }
        int progress = progress(moved.steps());
        long wakeAt = wakeAt(moved, now);
        return moved == seen && progress == seen.progress() && Math.abs(wakeAt - seen.wakeAtMs()) < 1_000
                ? seen
                : moved.waking(progress, wakeAt);
    }

    private Execution steps(Execution seen, Instant now) {
        List<Step> steps = new ArrayList<>(seen.steps());
        boolean changed = false;
        boolean again = true;
        while (again) { // a cancelled step may settle others, in any order of indices
            again = false;
            for (int i = 0; i < steps.size(); i++) {
                Step step = steps.get(i);
                Step next = one(seen, step, steps, now);
                if (next != step) {
                    steps.set(i, next);
                    changed = true;
                    again |= next.status().isFinal();
                }
            }
        }
        return changed ? seen.withSteps(List.copyOf(steps)) : seen;
    }

    private Step one(Execution execution, Step step, List<Step> all, Instant now) {
        return switch (step.status()) {
            case PENDING -> {
                Step ready = pending(execution, step, all, now);
                yield ready.status() == StepState.QUEUED ? queued(execution, ready, all, now) : ready;
            }
            case QUEUED ->
                execution.cancelAsked()
                        ? step.dropped(StepState.CANCELLED, cancelled(execution.cancelReason()))
                        : queued(execution, step, all, now);
            case ASSIGNED, RUNNING, COMPLETED, FAILED, TIMEOUT, CANCELLED -> step;
        };
    }

    private static Step pending(Execution execution, Step step, List<Step> all, Instant now) {
        if (execution.cancelAsked()) {
            return step.dropped(StepState.CANCELLED, cancelled(execution.cancelReason()));
        }
        for (int on : step.spec().dependsOn()) {
            Step needed = all.get(on);
            if (!needed.status().isFinal()) {
                return step;
            }
            if (step.spec().needs(needed.spec()) && needed.status() != StepState.COMPLETED) {
                return step.dropped(
                        StepState.CANCELLED,
                        cancelled("it depends on step " + on + ", which ended " + needed.status()));
            }
        }
        return step.queued(now, null, null);
    }

    private Step queued(Execution execution, Step step, List<Step> all, Instant now) {
        if (step.notBefore() != null && step.notBefore().isAfter(now)) {
            return step;
        }
        if (CommandNames.isControllers(step.spec().command())) {
            Instant until =
                    step.spec().timeoutMs() == null ? execution.deadline() : deadlines.of(execution, step.spec(), now);
            return step.assigned(Placer.CONTROLLER, Ids.uuid7(), now, until, null);
        }
        String pinned = step.spec().nodeId();
        if (pinned == null && step.spec().sameNodeAs() != null) {
            pinned = all.get(step.spec().sameNodeAs()).nodeId();
        }
        List<String> avoided = RetryElsewhere.avoided(all, step, execution.startedAt());
        Placer.PlacementResult found = placer.place(new Placer.PlacementRequest(
                execution.id(), step.spec(), step.attempt() + 1, pinned, step.queuedAt(), avoided));
        if (found.nodeId() != null) {
            // from the moment of the promise, which is never before what it was given had become free
            Instant from = found.since() == null || found.since().isBefore(now) ? now : found.since();
            Instant until = deadlines.of(execution, step.spec(), from);
            return step.assigned(found.nodeId(), Ids.uuid7(), from, until, found.claim());
        }
        if (!found.never()) {
            return step.waiting(found.reason());
        }
        return step.dropped(
                StepState.FAILED,
                avoided.isEmpty()
                        ? CommandError.of(ErrorCategory.NOT_FOUND, found.reason())
                        : RetryElsewhere.nowhere(all, step, avoided));
    }

    private static Execution finish(Execution moved, Instant now) {
        Step worst = null;
        for (Step step : moved.steps()) {
            boolean counts =
                    step.status() != StepState.COMPLETED && !step.spec().optional();
            if (counts && (worst == null || rank(step) > rank(worst))) {
                worst = step;
            }
        }
        if (worst == null) {
            return moved.finished(ExecutionState.COMPLETED, null, now);
        }
        ExecutionState how = moved.cancelAsked()
                ? ExecutionState.CANCELLED
                : switch (worst.status()) {
                    case TIMEOUT -> ExecutionState.TIMEOUT;
                    case CANCELLED ->
                        // what waited was dropped for it
                        moved.deadline().isAfter(now) ? ExecutionState.CANCELLED : ExecutionState.TIMEOUT;
                    case PENDING, QUEUED, ASSIGNED, RUNNING, COMPLETED, FAILED -> ExecutionState.FAILED;
                };
        return moved.finished(how, worst.error(), now);
    }

    /** A failure explains more than the cancellations it causes. */
    private static int rank(Step step) {
        return switch (step.status()) {
            case FAILED -> 3;
            case TIMEOUT -> 2;
            case CANCELLED -> 1;
            case PENDING, QUEUED, ASSIGNED, RUNNING, COMPLETED -> 0;
        };
    }

    private static int progress(List<Step> steps) {
        int sum = 0;
        for (Step step : steps) {
            sum += step.status().isFinal() ? 100 : step.progress();
        }
        return Math.min(99, sum / steps.size());
    }

    /** The earliest moment at which time alone changes something: a deadline, the end of a backoff, a resend. */
    private long wakeAt(Execution execution, Instant now) {
        // past it, only what is still ending is waited for
        Instant over = execution.overAt();
        long wake = over.isAfter(now) ? over.toEpochMilli() : Execution.NEVER;
        for (Step step : execution.steps()) {
            wake = Math.min(
                    wake,
                    switch (step.status()) {
                        case QUEUED ->
                            step.notBefore() != null && step.notBefore().isAfter(now)
                                    ? step.notBefore().toEpochMilli()
                                    : now.plus(WAITING_LOOK).toEpochMilli();
                        case ASSIGNED -> Math.min(step.current().deadline().toEpochMilli(), resendAt(now));
                        case RUNNING ->
                            step.current().evictionUnderWay()
                                    ? Math.min(step.due().toEpochMilli(), resendAt(now))
                                    : step.due().toEpochMilli();
                        case PENDING, COMPLETED, FAILED, TIMEOUT, CANCELLED -> wake;
                    });
        }
        return execution.cancelAsked() ? Math.min(wake, resendAt(now)) : wake;
    }

    /**
     * A little later than it may be, by a second at most, so that steps that follow each other soon leave the stored time as it is,
     * which costs no write to its index.
     */
    private long resendAt(Instant now) {
        long after = limits.resendAfter().toMillis();
        long step = Math.max(1, Math.min(after / 5, MOST_LATER_MILLIS));
        return -Math.floorDiv(-(now.toEpochMilli() + after), step) * step;
    }

    static CommandError cancelled(String why) {
        return new CommandError(ErrorCategory.CONFLICT, why, false);
    }
}
