package io.aiwm.controller.execution;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.TransferProgress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;

/**
 * Everything that can happen to an execution, as functions from the record that was seen to the record that follows. Pure:
 * given the time, and what workers measure of it, they read and write nothing. Each ends by going as far as {@link Advance} can. Returning the same
 * instance means that nothing is to be done.
 */
final class Transitions {
    private final Advance advance;
    private final Deadlines deadlines;
    private final Retries retries;
    private final ExpiredDeadlines overdue;

    Transitions(Placer placer, Config.Executions limits) {
        this(placer, limits, TimeLeft.UNKNOWN);
    }

    Transitions(Placer placer, Config.Executions limits, TimeLeft timeLeft) {
        this.deadlines = new Deadlines(limits.defaultTimeout());
        this.advance = new Advance(placer, limits, deadlines);
        this.retries = new Retries(limits);
        this.overdue = new ExpiredDeadlines(retries, limits, timeLeft);
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

    Execution retry(Execution seen, RetrySelection what, String actor, Instant now) {
        if (seen.steps().stream()
                .anyMatch(step -> CommandNames.AGENT_MODEL.equals(step.spec().command()))) {
            // its conversation has gone on without it: nobody would carry it out
            throw Failure.conflict(seen.displayName() + " is a turn of a conversation; send the message again");
        }
        if (seen.steps().stream()
                .anyMatch(step -> CommandNames.AGENT_TRIAL.equals(step.spec().command()))) {
            throw Failure.conflict(seen.displayName() + " is a run of an evaluation; begin another one");
        }
        if (!seen.status().isFinal() || (seen.status() == ExecutionState.COMPLETED && !what.takesCompleted())) {
            throw Failure.conflict(seen.displayName() + " is " + seen.status()
                    + "; only a FAILED, TIMEOUT or CANCELLED one can be retried"
                    + (seen.status() == ExecutionState.COMPLETED ? " without resetting its finished steps" : ""));
        }
        BitSet chosen = what.of(seen.steps());
        List<Step> steps = seen.steps().stream()
                .map(step -> chosen.get(step.spec().index()) ? step.reset() : step)
                .toList();
        // the record forgets how it ended before; its audit trail must not
        String why = seen.error() == null ? null : seen.error().message();
        Execution told = seen.noted(seen.finishedAt(), "system", seen.status().name(), null, why);
        return advance.apply(told.reopened(steps, now).noted(now, actor, "retried", null, what.words()), now);
    }

    /** The worker has the command on disk. */
    Execution acknowledged(Execution seen, CommandId command, String nodeId, Instant now) {
        Step step = mine(seen, command, nodeId);
        return step.attempt() == command.attempt() && step.status() == StepState.ASSIGNED
                ? advance.apply(seen.withStep(step.running(now)), now)
                : seen;
    }

    Execution progressed(
            Execution seen,
            CommandId command,
            String nodeId,
            int percent,
            String message,
            TransferProgress transfer,
            Instant now) {
        Step step = mine(seen, command, nodeId);
        if (step.attempt() != command.attempt() || !step.status().isOpenAttempt()) {
            return seen;
        }
        Step running = step.status() == StepState.ASSIGNED ? step.running(now) : step;
        int shown = Math.max(0, Math.min(99, percent));
        // the same once more is a sign of life and no progress
        boolean further = shown != step.progress()
                || (transfer == null
                        ? !Objects.equals(message, step.message())
                        : step.transfer() == null
                                || transfer.bytesDone() != step.transfer().bytesDone());
        if (further && Deadlines.followsProgress(seen, step.spec())) {
            running = running.until(deadlines.of(seen, step.spec(), now));
        }
        return advance.apply(seen.withStep(running.progressed(shown, message, transfer)), now);
    }

    /** The worker will not run it: its disk is full, or its queue. Nothing of it has run, so that costs no retry at first. */
    Execution refused(Execution seen, CommandId command, String nodeId, String reason, Instant now) {
        Step step = mine(seen, command, nodeId);
        if (step.attempt() != command.attempt() || !step.status().isOpenAttempt()) {
            return seen;
        }
        if (step.current().eviction() != null && !seen.cancelAsked()) {
            return advance.apply(seen.withStep(Retries.evicted(step, null, now, null)), now);
        }
        if (!step.current().deadline().isAfter(now)) {
            return look(seen, now); // it came too late: that is the time's fault and not the node's
        }
        var error = CommandError.of(ErrorCategory.REFUSED, "node " + nodeId + " refused: " + reason);
        return advance.apply(
                seen.withStep(retries.failed(seen, step, StepState.FAILED, error, null, null, now, null)), now);
    }

    /** Takes an outcome from the current attempt only; one of an older attempt is noted and changes nothing (I3). */
    Execution finished(Execution seen, CommandId command, String nodeId, CommandResult result, String by, Instant now) {
        Step step = mine(seen, command, nodeId);
        Attempt attempt = step.attempts().get(command.attempt() - 1);
        if (!attempt.open()) {
            boolean told = attempt.resultMessageId() != null
                    || seen.notes().stream().anyMatch(note -> LateResults.isOf(note, command));
            return told ? seen : seen.noted(LateResults.note(command, nodeId, result, now));
        }
        Instant began = began(attempt, result, now);
        if (attempt.eviction() != null && result.outcome() != CommandResult.Outcome.success && !seen.cancelAsked()) {
            Step again = noted(Retries.evicted(step, began, now, by), result);
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
            case failure ->
                retries.failed(seen, step, StepState.FAILED, error(result), result.output(), began, now, by);
            case timeout ->
                retries.failed(seen, step, StepState.TIMEOUT, error(result), result.output(), began, now, by);
            case cancelled ->
                seen.cancelAsked()
                        ? step.ended(
                                StepState.CANCELLED,
                                Advance.cancelled(seen.cancelReason()),
                                result.output(),
                                began,
                                now,
                                by)
                        : retries.failed(seen, step, StepState.FAILED, error(result), null, began, now, by);
        };
        return advance.apply(seen.withStep(noted(ended, result)), now);
    }

    /** Appends steps that follow from the outcome of an open attempt. Nothing is appended to what is being cancelled. */
    Execution extended(Execution seen, CommandId command, List<StepSpec> more) {
        boolean open = command.stepIndex() < seen.steps().size()
                && seen.steps().get(command.stepIndex()).attempt() == command.attempt()
                && seen.steps().get(command.stepIndex()).status().isOpenAttempt();
        if (more.isEmpty() || !open || seen.cancelAsked()) {
            return seen;
        }
        var all = new ArrayList<>(seen.steps());
        more.forEach(spec -> all.add(Step.of(spec)));
        for (int i = 0; i < all.size(); i++) {
            all.get(i).check(i);
        }
        return seen.withSteps(List.copyOf(all));
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

    /** The node is lost: its open attempts are closed as each step wishes, but for those given since it was {@code found}. */
    Execution lost(Execution seen, Execution found, String nodeId, String why, Instant now) {
        Execution moved = seen;
        for (Step step : seen.steps()) {
            if (!step.status().isOpenAttempt() || !found.hasAttempt(step, nodeId)) {
                continue;
            }
            if (step.current().eviction() != null && !seen.cancelAsked()) {
                moved = moved.withStep(Retries.evicted(step, null, now, null));
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
                    Retries.mayBeLostAgain(step)
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
        Execution moved = overdue.closed(seen, now);
        return moved.status().isFinal() ? moved : advance.apply(moved, now);
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
