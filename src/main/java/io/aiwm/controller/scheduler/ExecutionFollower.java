package io.aiwm.controller.scheduler;

import io.aiwm.common.RateLimitedLog;
import io.aiwm.controller.execution.Attempt;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepState;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandNames;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Keeps the ledger and the queue true to what is stored of executions: what is written, and what is read again. Used under
 * the lock of {@link Scheduler}.
 */
final class ExecutionFollower {
    private final RateLimitedLog troubles =
            RateLimitedLog.troubles(LoggerFactory.getLogger(ExecutionFollower.class), Level.ERROR);

    private final boolean alone;
    private final InstantSource clock;
    private final long millisPerPoint;
    private final Ledger ledger;
    private final ReplicaClaims replicaClaims;
    private final WaitQueue queue;
    private final PendingClaims pendingClaims;
    private final Reservations reservations;
    private final Cooldowns cooldowns;
    private final UnsettledUnits unsettled;
    /** For each reading of executions that is under way, of which something was heard since it began. */
    private final List<Set<String>> readers = new ArrayList<>(1);

    private BiConsumer<CommandId, Attempt> released = (command, attempt) -> {};

    ExecutionFollower(SchedulerParts parts, Cooldowns cooldowns, UnsettledUnits unsettled) {
        this.alone = parts.alone();
        this.clock = parts.clock();
        this.millisPerPoint = parts.millisPerPoint();
        this.ledger = parts.ledger();
        this.replicaClaims = parts.replicaClaims();
        this.queue = parts.queue();
        this.pendingClaims = parts.pendingClaims();
        this.reservations = parts.reservations();
        this.cooldowns = cooldowns;
        this.unsettled = unsettled;
    }

    void onReleased(BiConsumer<CommandId, Attempt> listener) {
        released = listener;
    }

    /**
     * Executions are about to be read, for {@link #reread}: what is heard of from now on is newer than what will be read.
     *
     * @return ids, as they are heard
     */
    Set<String> reads() {
        var heard = new HashSet<String>();
        readers.add(heard);
        return heard;
    }

    /** They were read, or could not be. */
    void hasRead(Set<String> heard) {
        readers.removeIf(one -> one == heard);
    }

    /** A listener for Executions.onWritten. @return whether room was made or something new waits */
    boolean written(Execution before, Execution after) {
        readers.forEach(heard -> heard.add(after.id()));
        long now = clock.millis();
        boolean freed = false;
        for (int i = 0; i < after.steps().size(); i++) {
            Step is = after.steps().get(i);
            Step was = Execution.stepOf(before, i);
            if (was == is) {
                continue;
            }
            if (was != null && was.status().isOpenAttempt()) {
                Attempt then = is.attempts().get(was.attempt() - 1);
                if (!then.open()) {
                    freed |= closed(new CommandId(after.id(), i, was.attempt()), is.spec(), then, now);
                }
            }
            if (was != null && was.status() == StepState.COMPLETED && is.status() != StepState.COMPLETED) {
                // it is done again: what it has made, or prepared, is wanted no more
                pendingClaims.giveBack(new CommandId(after.id(), i, was.attempt()).toString());
            }
            if (is.status().isOpenAttempt()) {
                stored(after.id(), is, now);
            }
        }
        if (after.status().isFinal()) {
            madeNothing(after, now);
        }
        pendingClaims.keep(after);
        boolean waits = requeue(after, now);
        return waits || freed;
    }

    private boolean closed(CommandId command, StepSpec spec, Attempt attempt, long now) {
        long until = cooldowns.closed(attempt, now);
        NodeInfo node = ledger.find(attempt.nodeId());
        if (node != null) {
            node.cooldownUntil = until;
        }
        if (!alone) {
            released.accept(command, attempt);
        }
        boolean stays = attempt.outcome() == StepState.COMPLETED || isToldByOwner(spec);
        return stays
                ? ledger.release(command.toString())
                : pendingClaims.giveBack(command.toString());
    }

    /** Whether an attempt that failed may have taken what it was promised all the same: its owner finds out, and says so. */
    private static boolean isToldByOwner(StepSpec spec) {
        return spec.command().equals(CommandNames.DEPLOYMENT_WAKE);
    }

    private void stored(String executionId, Step step, long now) {
        if (Placer.CONTROLLER.equals(step.nodeId())) {
            return;
        }
        StepSpec spec = step.spec();
        var command = new CommandId(executionId, spec.index(), step.attempt());
        Claim claim =
                step.current().claim() == null ? Claim.NOTHING : step.current().claim();
        boolean pinned = spec.nodeId() != null || spec.sameNodeAs() != null;
        boolean amounts = !claim.isNothing();
        LedgerEntry mine = ledger.entry(command.toString());
        if (mine != null && mine.granted && !alone && !mine.on.id.equals(step.nodeId())) {
            pendingClaims.drop(mine); // another controller placed it elsewhere
        }
        if (alone && mine != null && mine.stored && mine.on.id.equals(step.nodeId())) {
            return; // what it was to make may be gone by now, and must not be asked for again
        }
        pendingClaims.take(command, spec, step.nodeId(), claim, pinned && !amounts ? 0 : 1, now).stored = true;
    }

    /** What is made is held from then on, though its owner will say so only when the whole execution has ended. */
    private void made(String executionId, Step step, long now) {
        Claim claim = step.current().claim();
        if (step.spec().claimId() != null && claim != null) {
            String command = new CommandId(executionId, step.spec().index(), step.attempt()).toString();
            replicaClaims.asked(step.spec().claimId(), command, step.nodeId(), claim, now);
        }
    }

    /** What its steps prepared for something that was then not made. */
    private void madeNothing(Execution ended, long now) {
        boolean made = true;
        for (int i = ended.steps().size() - 1; i >= 0; i--) {
            Step step = ended.steps().get(i);
            if (step.spec().claimId() != null) {
                made &= step.status() == StepState.COMPLETED;
                if (!made && step.attempt() > 0 && !isToldByOwner(step.spec())) {
                    replicaClaims.failed(new CommandId(ended.id(), i, step.attempt()).toString(), now);
                }
            }
        }
    }

    /** Makes the queue say of this execution what its record says. @return whether something of it waits */
    private boolean requeue(Execution after, long now) {
        List<SchedulingUnit> before = queue.of(after.id());
        List<SchedulingUnit> waits = WaitingSteps.of(after, now, millisPerPoint);
        for (SchedulingUnit unit : before) {
            if (!waits.contains(unit)) {
                queue.remove(unit);
                reservations.over(unit);
            }
        }
        unsettled.retain(after.id(), waits);
        for (SchedulingUnit unit : waits) {
            if (!unsettled.contains(unit)) {
                queue.add(unit);
            }
        }
        return !waits.isEmpty();
    }

    /** An execution that another controller brought to its end: what this one last knew of it no longer counts. */
    boolean ended(Execution last) {
        readers.forEach(heard -> heard.add(last.id()));
        boolean freed = false;
        for (Step step : last.steps()) {
            if (step.status().isOpenAttempt()) {
                freed |= pendingClaims.giveBack(
                        new CommandId(last.id(), step.spec().index(), step.attempt()).toString());
            }
        }
        forget(last.id());
        return freed;
    }

    /** There is no such execution, or it has ended. */
    void forget(String executionId) {
        pendingClaims.end(executionId);
        unsettled.retain(executionId, List.of());
        queue.of(executionId).forEach(queue::remove);
    }

    /**
     * Takes in some of the executions that run, as they are stored; at a start, and again and again. What is known of those
     * of which something was heard meanwhile is newer.
     *
     * @param known ids of what was read so far; these are added
     */
    void reread(List<Execution> running, Set<String> heard, Set<String> known) {
        long now = clock.millis();
        for (Execution execution : running) {
            if (heard.contains(execution.id()) || !known.add(execution.id())) {
                continue;
            }
            try {
                rebuild(execution, known, now);
            } catch (RuntimeException cause) {
                heard.add(execution.id()); // what it was promised stays promised: it may run
                troubles.trouble(
                        execution.id(), "", "what execution " + execution.id() + " holds cannot be told", cause);
            }
        }
    }

    /**
     * All that run have been taken in: others do not run any more. What was promised or written since {@code asOfMillis}
     * stays, and so does what is known of executions of which something was heard since.
     */
    void isReread(Set<String> heard, Set<String> known, long asOfMillis) {
        for (LedgerEntry entry : ledger.entries()) {
            boolean old = entry.stored && entry.sinceMillis < asOfMillis;
            if (old
                    && entry.owner.command() != null
                    && !known.contains(entry.id)
                    && !heard.contains(entry.owner.executionId())) {
                pendingClaims.giveBack(entry.id);
            }
        }
        var gone = new ArrayList<SchedulingUnit>(0);
        for (WaitQueue.Group group : queue.groups()) {
            for (SchedulingUnit unit : group.waiting) {
                boolean runs = known.contains(unit.executionId()) || heard.contains(unit.executionId());
                if (!runs && unit.queuedAt() < asOfMillis) {
                    gone.add(unit);
                }
            }
        }
        gone.forEach(queue::remove);
    }

    private void rebuild(Execution execution, Set<String> known, long now) {
        for (Step step : execution.steps()) {
            if (step.status().isOpenAttempt()) {
                stored(execution.id(), step, now);
                known.add(new CommandId(execution.id(), step.spec().index(), step.attempt()).toString());
            } else if (step.status() == StepState.COMPLETED) {
                made(execution.id(), step, now);
            }
        }
        requeue(execution, now);
    }
}
