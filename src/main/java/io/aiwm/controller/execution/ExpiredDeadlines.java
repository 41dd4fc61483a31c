package io.aiwm.controller.execution;

import io.aiwm.boot.Config;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.ErrorCategory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What passes by time alone: deadlines of attempts and of the whole, cancels and evictions that nobody confirmed. Pure. */
final class ExpiredDeadlines {
    /** How long a cancelled attempt may take to confirm, at least, before it is taken as ended without confirmation. */
    static final Duration CANCEL_GRACE = Duration.ofSeconds(30);

    /** A worker's measure of time may differ from a deadline by so much without meaning anything. */
    static final Duration CLOCKS_DIFFER = Duration.ofSeconds(5);

    private final Retries retries;
    private final Config.Executions limits;
    private final TimeLeft timeLeft;

    ExpiredDeadlines(Retries retries, Config.Executions limits, TimeLeft timeLeft) {
        this.retries = retries;
        this.limits = limits;
        this.timeLeft = timeLeft;
    }

    /** Closes what is overdue of a running execution, and that itself when its own time is over. */
    Execution closed(Execution seen, Instant now) {
        Execution moved = measured(seen, now);
        if (!moved.overAt().isAfter(now)) {
            moved = timedOut(moved, now);
        }
        if (moved.status().isFinal()) {
            return moved;
        }
        for (Step step : moved.steps()) {
            if (step.status().isOpenAttempt()) {
                moved = closed(moved, seen, step, now);
            }
        }
        return moved;
    }

    /** @param seen the execution before anything of it was closed */
    private Execution closed(Execution moved, Execution seen, Step step, Instant now) {
        int index = step.spec().index();
        if (seen.cancelAsked() && !seen.cancelledAt().plus(stopWithin(step)).isAfter(now)) {
            var error = Advance.cancelled(seen.cancelReason());
            return moved.withStep(step.ended(StepState.CANCELLED, error, null, null, now, null))
                    .noted(now, "system", "cancel-unconfirmed", index, "node " + step.nodeId());
        }
        if (step.current().evictionUnderWay()
                && !step.current().eviction().at().plus(stopWithin(step)).isAfter(now)) {
            return moved.withStep(Retries.evicted(step, null, now, null))
                    .noted(now, "system", "eviction-unconfirmed", index, "node " + step.nodeId());
        }
        if (step.due().isAfter(now)) {
            return moved;
        }
        String what = Deadlines.followsProgress(seen, step.spec())
                ? "no progress for " + limits.defaultTimeout().toSeconds() + " s"
                        + (step.message() == null ? "" : "; it said last: " + step.message())
                : "no result before the step's deadline";
        var error = CommandError.of(ErrorCategory.TIMEOUT, what);
        return moved.withStep(retries.failed(seen, step, StepState.TIMEOUT, error, null, null, now, null));
    }

    /**
     * Deadlines that have passed, moved to where the workers' own measure of time has them. Who wrote a deadline may have had
     * another clock than who reads it: another process, or this one's before it was started again.
     */
    private Execution measured(Execution seen, Instant now) {
        Execution moved = seen;
        for (Step step : seen.steps()) {
            boolean passed =
                    step.status().isOpenAttempt() && !step.current().deadline().isAfter(now);
            // what controllers carry out has no worker that measures; where the deadline follows the progress, the
            // worker has
            // another one, that of the whole
            if (!passed || Placer.CONTROLLER.equals(step.nodeId()) || Deadlines.followsProgress(seen, step.spec())) {
                continue;
            }
            int index = step.spec().index();
            Instant until = timeLeft.until(step.nodeId(), new CommandId(seen.id(), index, step.attempt()));
            if (until != null
                    && until.isAfter(now)
                    && until.isAfter(step.current().deadline().plus(CLOCKS_DIFFER))) {
                moved = moved.withStep(step.until(until))
                        .noted(now, "system", "deadline-moved", index, "to what node " + step.nodeId() + " measures");
            }
        }
        return moved;
    }

    private static Duration stopWithin(Step step) {
        Duration overtime = ResultGrace.of(step.spec());
        return overtime.compareTo(CANCEL_GRACE) > 0 ? overtime : CANCEL_GRACE;
    }

    /** Closes all but the steps whose programs were told to end and may still do so; with none of these it is over. */
    private static Execution timedOut(Execution seen, Instant now) {
        var error =
                CommandError.of(ErrorCategory.TIMEOUT, "the execution did not end within " + seen.timeoutMs() + " ms");
        List<Step> steps = new ArrayList<>();
        for (Step step : seen.steps()) {
            steps.add(
                    switch (step.status()) {
                        case PENDING, QUEUED ->
                            step.dropped(StepState.CANCELLED, Advance.cancelled("the execution timed out"));
                        case ASSIGNED, RUNNING ->
                            step.due().isAfter(now)
                                    ? step
                                    : step.ended(StepState.TIMEOUT, error, null, null, now, null);
                        case COMPLETED, FAILED, TIMEOUT, CANCELLED -> step;
                    });
        }
        if (steps.stream().allMatch(step -> step.status().isFinal())) {
            return seen.withSteps(List.copyOf(steps)).finished(ExecutionState.TIMEOUT, error, now);
        }
        return steps.equals(seen.steps()) ? seen : seen.withSteps(List.copyOf(steps));
    }
}
