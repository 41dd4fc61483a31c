package io.aiwm.controller.execution;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.ErrorCategory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Everything that can happen to an execution, as functions from the record that was seen to the record that follows. Pure:
 * given the time, and what workers measure of it, they read and write nothing. Each ends by going as far as {@link Advance} can. Returning the same
 * instance means that nothing is to be done.
 */
final class Transitions {
    /** How long a cancelled attempt may take to confirm, at least, before it is taken as ended without confirmation. */
    static final Duration CANCEL_GRACE = Duration.ofSeconds(30);
    /** A step whose node is lost gets this many further attempts even when it asked for no retries. */
    static final int LOST_RETRIES = 3;

    /** So often a step is tried again without using up a retry because its node did not take the command. */
    static final int FREE_REFUSALS = 10;

    /** A worker's measure of time may differ from a deadline by so much without meaning anything. */
    static final Duration CLOCKS_DIFFER = Duration.ofSeconds(5);

    private final Advance advance;
    private final Deadlines deadlines;
    private final Config.Executions limits;
    private final TimeLeft timeLeft;

    Transitions(Placer placer, Config.Executions limits) {
        this(placer, limits, TimeLeft.UNKNOWN);
    }

    Transitions(Placer placer, Config.Executions limits, TimeLeft timeLeft) {
        this.deadlines = new Deadlines(limits.defaultTimeout());
        this.advance = new Advance(placer, limits, deadlines);
        this.limits = limits;
        this.timeLeft = timeLeft;
    }

    Execution start(Execution seen, String actor, Instant now) {
        if (seen.status() != ExecutionState.PENDING) {
            throw Failure.conflict(seen.displayName() + " is " + seen.status() + "; only a PENDING one can start");
        }
        return advance.apply(seen.started(now).noted(now, actor, "started", null, null), now);
    }

    Execution cancel(Execution seen, String reason, String actor, Instant now) {
        if (seen.cancelAsked() || seen.status() == ExecutionState.CANCELLED) {
            return seen;
        }
        if (seen.status().isFinal()) {
            throw Failure.conflict(seen.displayName() + " is already " + seen.status());
        }
        Execution asked = seen.cancelling(reason, now).noted(now, actor, "cancel-asked", null, reason);
        if (seen.status() == ExecutionState.PENDING) {
            List<Step> dropped = seen.steps().stream()
                    .map(step -> step.dropped(StepState.CANCELLED, Advance.cancelled(reason)))
                    .toList();
            return asked.withSteps(dropped).finished(ExecutionState.CANCELLED, Advance.cancelled(reason), now);
        }
        return advance.apply(asked, now);
    }

    /** @param all whether finished steps run again too */
    Execution retry(Execution seen, boolean all, String actor, Instant now) {
        if (!seen.status().isFinal() || (seen.status() == ExecutionState.COMPLETED && !all)) {
            throw Failure.conflict(seen.displayName() + " is " + seen.status()
                    + "; only a FAILED, TIMEOUT or CANCELLED one can be retried"
                    + (seen.status() == ExecutionState.COMPLETED ? " without resetting its finished steps" : ""));
        }
        List<Step> steps = seen.steps().stream()
                .map(step -> all || step.status() != StepState.COMPLETED ? step.reset() : step)
                .toList();
        String what = all ? "every step" : "unfinished steps";
        // the record forgets how it ended before; its audit trail must not
        String why = seen.error() == null ? null : seen.error().message();
        Execution told = seen.noted(seen.finishedAt(), "system", seen.status().name(), null, why);
        return advance.apply(told.reopened(steps, now).noted(now, actor, "retried", null, what), now);
    }

    /** The worker has the command on disk. */
    Execution acknowledged(Execution seen, CommandId command, String nodeId, Instant now) {
        Step step = mine(seen, command, nodeId);
        return step.attempt() == command.attempt() && step.status() == StepState.ASSIGNED
                ? advance.apply(seen.withStep(step.running(now)), now)
                : seen;
    }

    Execution progressed(Execution seen, CommandId command, String nodeId, int percent, String message, Instant now) {
        Step step = mine(seen, command, nodeId);
        if (step.attempt() != command.attempt() || !step.status().isOpenAttempt()) {
            return seen;
        }
        Step running = step.status() == StepState.ASSIGNED ? step.running(now) : step;
        int shown = Math.max(0, Math.min(99, percent));
        // the same once more is a sign of life and no progress
        boolean further = shown != step.progress() || !Objects.equals(message, step.message());
        if (further && Deadlines.followsProgress(seen, step.spec())) {
            running = running.until(deadlines.of(seen, step.spec(), now));
        }
        return advance.apply(seen.withStep(running.progressed(shown, message)), now);
    }

    /** The worker will not run it: its disk is full, or its queue. Nothing of it has run, so that costs no retry at first. */
    Execution refused(Execution seen, CommandId command, String nodeId, String reason, Instant now) {
        Step step = mine(seen, command, nodeId);
        if (step.attempt() != command.attempt() || !step.status().isOpenAttempt()) {
            return seen;
        }
        if (step.current().eviction() != null && !seen.cancelAsked()) {
            return advance.apply(seen.withStep(evicted(step, null, now, null)), now);
        }
        if (!step.current().deadline().isAfter(now)) {
            return look(seen, now); // it came too late: that is the time's fault and not the node's
        }
        var error = CommandError.of(ErrorCategory.REFUSED, "node " + nodeId + " refused: " + reason);
        return advance.apply(seen.withStep(failed(seen, step, StepState.FAILED, error, null, null, now, null)), now);
    }

    /** Takes an outcome from the current attempt only; one of an older attempt is noted and changes nothing (I3). */
    Execution finished(Execution seen, CommandId command, String nodeId, CommandResult result, String by, Instant now) {
        Step step = mine(seen, command, nodeId);
        Attempt attempt = step.attempts().get(command.attempt() - 1);
        if (!attempt.open()) {
            boolean told = attempt.resultMessageId() != null
                    || seen.notes().stream()
                            .anyMatch(note -> note.event().equals("late-result")
                                    && note.stepIndex() == command.stepIndex()
                                    && note.detail().startsWith("attempt " + command.attempt() + " "));
            String detail = "attempt " + command.attempt() + " on " + nodeId + ": " + result.outcome();
            return told ? seen : seen.noted(now, "system", "late-result", command.stepIndex(), detail);
        }
        Instant began = began(attempt, result, now);
        if (attempt.eviction() != null && result.outcome() != CommandResult.Outcome.success && !seen.cancelAsked()) {
            Step again = noted(evicted(step, began, now, by), result);
            return advance.apply(seen.withStep(again), now);
        }
        if (result.outcome() == CommandResult.Outcome.failure) {
            Execution again = RetryElsewhere.again(seen, step, StepState.FAILED, error(result), began, now, by);
            if (again != null) {
                return advance.apply(again, now);
            }
        }
        Step ended = switch (result.outcome()) {
            case success -> step.completed(result.output(), began, now, by);
            case failure -> failed(seen, step, StepState.FAILED, error(result), result.output(), began, now, by);
            case timeout -> failed(seen, step, StepState.TIMEOUT, error(result), result.output(), began, now, by);
            case cancelled ->
                seen.cancelAsked()
                        ? step.ended(
                                StepState.CANCELLED,
                                Advance.cancelled(seen.cancelReason()),
                                result.output(),
                                began,
                                now,
                                by)
                        : failed(seen, step, StepState.FAILED, error(result), null, began, now, by);
        };
        return advance.apply(seen.withStep(noted(ended, result)), now);
    }

    private static Step noted(Step ended, CommandResult result) {
        boolean outputs = result.output() != null && result.output().getValue("outputs") != null;
        return outputs ? ended.withOutputs() : ended;
    }

    /**
     * An open attempt is asked to end so that its place becomes free; the step runs again elsewhere, and no retry is used
     * up. Nothing happens when that attempt is not open any more, or is being evicted already.
     */
    Execution evict(Execution seen, CommandId command, Eviction eviction, Instant now) {
        Step step = command.stepIndex() < seen.steps().size() ? seen.steps().get(command.stepIndex()) : null;
        if (step == null
                || step.attempt() != command.attempt()
                || !step.status().isOpenAttempt()
                || step.current().eviction() != null
                || seen.cancelAsked()) {
            return seen;
        }
        String what = eviction.kind().wire() + " on " + step.nodeId() + ": " + eviction.why();
        return advance.apply(
                seen.withStep(step.evicting(eviction)).noted(now, "system", "evicting", command.stepIndex(), what),
                now);
    }

    private static Step evicted(Step step, Instant began, Instant now, String byMessage) {
        Eviction eviction = step.current().eviction();
        var error = CommandError.of(eviction.kind(), eviction.why());
        return step.requeued(StepState.CANCELLED, error, began, now, null, byMessage);
    }

    /** The node is lost: its open attempts are closed as each step wishes, but for those given since it was {@code found}. */
    Execution lost(Execution seen, Execution found, String nodeId, String why, Instant now) {
        Execution moved = seen;
        for (Step step : seen.steps()) {
            if (!step.status().isOpenAttempt() || !found.hasAttempt(step, nodeId)) {
                continue;
            }
            if (step.current().eviction() != null && !seen.cancelAsked()) {
                moved = moved.withStep(evicted(step, null, now, null));
                continue;
            }
            var error = CommandError.of(ErrorCategory.LOST, why);
            int index = step.spec().index();
            if (seen.cancelAsked()) {
                moved = moved.withStep(step.ended(StepState.CANCELLED, error, null, null, now, null))
                        .noted(now, "system", "cancel-unconfirmed", index, why);
                continue;
            }
            moved = switch (step.spec().onNodeLost()) {
                case WAIT -> moved;
                case FAIL -> moved.withStep(step.ended(StepState.FAILED, error, null, null, now, null));
                case RESCHEDULE ->
                    retriesUsed(step) < Math.max(LOST_RETRIES, step.spec().maxRetries())
                            ? moved.withStep(step.requeued(StepState.FAILED, error, null, now, null, null))
                                    .noted(now, "system", "superseded-unconfirmed", index, why)
                            : moved.withStep(step.ended(StepState.FAILED, error, null, null, now, null));
            };
        }
        return moved == seen ? seen : advance.apply(moved, now);
    }

    /** What time alone brings: deadlines, ends of backoffs, cancels that nobody confirmed, nodes that became free. */
    Execution look(Execution seen, Instant now) {
        if (seen.status() != ExecutionState.RUNNING) {
            return seen;
        }
        Execution moved = measured(seen, now);
        if (!moved.overAt().isAfter(now)) {
            moved = timedOut(moved, now);
        }
        if (moved.status().isFinal()) {
            return moved;
        }
        for (Step step : moved.steps()) {
            if (!step.status().isOpenAttempt()) {
                continue;
            }
            if (seen.cancelAsked() && !seen.cancelledAt().plus(stopWithin(step)).isAfter(now)) {
                moved = moved.withStep(step.ended(
                                StepState.CANCELLED, Advance.cancelled(seen.cancelReason()), null, null, now, null))
                        .noted(now, "system", "cancel-unconfirmed", step.spec().index(), "node " + step.nodeId());
            } else if (step.current().evictionUnderWay()
                    && !step.current().eviction().at().plus(stopWithin(step)).isAfter(now)) {
                moved = moved.withStep(evicted(step, null, now, null))
                        .noted(
                                now,
                                "system",
                                "eviction-unconfirmed",
                                step.spec().index(),
                                "node " + step.nodeId());
            } else if (!step.due().isAfter(now)) {
                String what = Deadlines.followsProgress(seen, step.spec())
                        ? "no progress for " + limits.defaultTimeout().toSeconds() + " s"
                                + (step.message() == null ? "" : "; it said last: " + step.message())
                        : "no result before the step's deadline";
                var error = CommandError.of(ErrorCategory.TIMEOUT, what);
                moved = moved.withStep(failed(seen, step, StepState.TIMEOUT, error, null, null, now, null));
            }
        }
        return advance.apply(moved, now);
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
            // where the deadline follows the progress the worker has another one, that of the whole
            if (!passed || Deadlines.followsProgress(seen, step.spec())) {
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

    /** When the worker began, by this side's clock: its own may be another, but how long it took is right. */
    private static Instant began(Attempt attempt, CommandResult result, Instant now) {
        Instant said = result.startedAt();
        if (said == null || (!said.isBefore(attempt.assignedAt()) && !said.isAfter(now))) {
            return said;
        }
        Instant began = result.finishedAt() == null ? null : now.minus(Duration.between(said, result.finishedAt()));
        return began == null || began.isBefore(attempt.assignedAt()) || began.isAfter(now) ? null : began;
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

    /** Ends the open attempt: queued again after a backoff while retries remain and another try can help. */
    private Step failed(
            Execution execution,
            Step step,
            StepState how,
            CommandError error,
            io.vertx.core.json.JsonObject output,
            Instant began,
            Instant now,
            String byMessage) {
        int used = retriesUsed(step);
        int refused = refusals(step);
        boolean free = error.category() == ErrorCategory.REFUSED && refused < FREE_REFUSALS;
        boolean mayGoOn = !execution.cancelAsked() && execution.overAt().isAfter(now);
        if (mayGoOn && (free || (error.retryable() && used < step.spec().maxRetries()))) {
            long wait = limits.retryBackoff().toMillis() << Math.min(used + refused, 20);
            Instant next =
                    now.plusMillis(Math.min(wait, limits.retryBackoffMax().toMillis()));
            return step.requeued(how, error, began, now, next, byMessage);
        }
        return step.ended(how, error, output, began, now, byMessage);
    }

    private static int retriesUsed(Step step) {
        long free = step.attempts().stream()
                .skip(step.priorAttempts())
                .filter(attempt -> !attempt.open() && attempt.error() != null)
                .filter(attempt -> attempt.error().category().isEviction()
                        || attempt.error().elsewhere())
                .count();
        return step.attempt() - step.priorAttempts() - 1 - (int) free - Math.min(refusals(step), FREE_REFUSALS);
    }

    /** How many attempts of it, since the last explicit retry, nodes did not take. */
    private static int refusals(Step step) {
        return (int) step.attempts().stream()
                .skip(step.priorAttempts())
                .filter(attempt -> attempt.error() != null && attempt.error().category() == ErrorCategory.REFUSED)
                .count();
    }

    private static CommandError error(CommandResult result) {
        return result.error() != null
                ? result.error()
                : CommandError.of(
                        ErrorCategory.INTERNAL, "the worker reported " + result.outcome() + " without a reason");
    }

    /** The step this command is of, if it was given to that node; anything else is refused (I8). */
    private static Step mine(Execution execution, CommandId command, String nodeId) {
        boolean known = command.stepIndex() >= 0
                && command.stepIndex() < execution.steps().size()
                && command.attempt() >= 1
                && command.attempt()
                        <= execution.steps().get(command.stepIndex()).attempt();
        Step step = known ? execution.steps().get(command.stepIndex()) : null;
        if (step == null || !step.attempts().get(command.attempt() - 1).nodeId().equals(nodeId)) {
            throw new Failure(Failure.Kind.FORBIDDEN, "command " + command + " was not given to node " + nodeId);
        }
        return step;
    }
}
