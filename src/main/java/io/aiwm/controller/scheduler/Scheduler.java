package io.aiwm.controller.scheduler;

import io.aiwm.boot.Config;
import io.aiwm.controller.execution.Attempt;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.ClaimHolder;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.Placer.PlacementRequest;
import io.aiwm.controller.execution.Placer.PlacementResult;
import io.aiwm.controller.execution.Priority;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.node.CurrentUsage;
import io.aiwm.controller.node.Node;
import io.aiwm.protocol.CommandId;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Gives work its node. It keeps the ledger of what every node has promised and the queue of what waits, both in memory
 * and both following what is stored: a claim stands in the attempt, in the write that names the node. What fits at once,
 * and before which nothing waits for the same kind of room, is placed within the write that queues it; everything else is
 * placed by {@link #pass} in the order of priority and age. Safe to use from any thread; never waits.
 */
public final class Scheduler implements Placer, ClaimHolder {
    /**
     * An execution to be written now, because a node is promised to it.
     *
     * @param unit what of it was placed
     * @param promise by which promise: the unit may be promised a node anew before this one is settled
     * @param wants what must be taken in the shared claims before; empty where this controller is alone
     */
    record Placed(String executionId, SchedulingUnit unit, long promise, List<ClaimRequest> wants) {}

    /** @param limits what the node has to give in all */
    record ClaimRequest(String nodeId, List<NodeClaims.NodeClaim> claims, NodeClaims.Limits limits) {}

    /** @param more whether to go on */
    record Pass(List<Placed> placed, List<Eviction> evictions, boolean more) {}

    record Eviction(CommandId command, String why) {}

    private final InstantSource clock;
    private final Ledger ledger;
    private final ReplicaClaims replicaClaims;
    private final PendingClaims pendingClaims;
    private final Explainer explainer;
    private final Cooldowns cooldowns;
    private final WaitQueue queue = new WaitQueue();
    private final ImmediatePlacement immediate;
    private final SchedulingPass pass;
    private final ExecutionFollower executions;
    private final PromiseOutcomes outcomes;
    private final SchedulerParts parts;
    private Runnable freed = () -> {};

    /** @param alone whether no other controller gives out the same nodes */
    public Scheduler(Config.Scheduler settings, InstantSource clock, boolean alone) {
        this.clock = clock;
        long millisPerPoint = Math.max(1, settings.ageing().toMillis() / Priority.CLASS);
        var spread = new ReplicaSpread();
        var placement = new Placement(settings, spread);
        this.ledger = new Ledger(settings);
        this.replicaClaims = new ReplicaClaims(ledger, spread);
        var chooser = new NodeChooser(settings, placement, ledger);
        this.pendingClaims = new PendingClaims(alone, clock, placement, ledger, replicaClaims);
        this.explainer = new Explainer(clock, millisPerPoint, ledger, queue, chooser, pendingClaims);
        var reservations = new Reservations(
                ledger, settings.reserveAfter(), request -> chooser.eligible(queue.group(request)).eligible);
        this.cooldowns = new Cooldowns(settings);
        this.parts = SchedulerPartsBuilder.builder()
                .alone(alone)
                .clock(clock)
                .millisPerPoint(millisPerPoint)
                .ledger(ledger)
                .replicaClaims(replicaClaims)
                .queue(queue)
                .chooser(chooser)
                .pendingClaims(pendingClaims)
                .reservations(reservations)
                .build();
        this.immediate = new ImmediatePlacement(parts);
        var preemption = new Preemption(settings.preemption(), placement, ledger);
        var unsettled = new UnsettledUnits();
        this.pass = new SchedulingPass(parts, preemption, unsettled, immediate);
        this.executions = new ExecutionFollower(parts, cooldowns, unsettled);
        this.outcomes = new PromiseOutcomes(parts, unsettled, executions);
    }

    // ---- placing within a write

    @Override
    public synchronized PlacementResult place(PlacementRequest wish) {
        return immediate.place(wish);
    }

    @Override
    public synchronized void notWritten(String executionId) {
        if (pendingClaims.endWithinWrite(executionId)) {
            freed.run();
        }
    }

    /** Why this step of the execution waits, or where it would go now. */
    public synchronized Explanation explain(Execution execution, int stepIndex) {
        return explainer.explain(execution, stepIndex);
    }

    /** Where {@code count} copies of a step would go now. Fails with INVALID when its label selector cannot be read. */
    public synchronized DryRun plan(StepSpec step, int count) {
        return explainer.plan(step, count);
    }

    /** Tries out what would have room if some claims were not there; changes nothing. It must not block. */
    public synchronized <T> T trial(Function<WhatIfPlacement, T> tried) {
        return WhatIfPlacement.of(parts, tried);
    }

    /**
     * The nodes that could take work that needs this, were they empty: up, open, and all that lasts fits. Fails with INVALID
     * when its label selector cannot be read.
     *
     * @param clears whether it only takes away what is there, and so goes to closed nodes, too
     */
    public synchronized List<String> eligible(Requires requires, boolean clears) {
        return explainer.eligible(new ResourceRequest(requires, null, null, clears, List.of()));
    }

    // ---- placing what waits

    /** Places what waits and fits, in the order of turns. @param most after so many the caller is asked to come again */
    synchronized Pass pass(int most) {
        return pass.run(most, clock.millis());
    }

    /**
     * The shared claims have what this unit was promised.
     *
     * @return false: the promise has ended meanwhile, and what was taken must be given back
     */
    synchronized boolean granted(Placed given) {
        return outcomes.granted(given);
    }

    /** Another controller was first: what it has given out is known now, and the unit waits again. */
    synchronized void refused(Placed given, NodeClaims seen) {
        outcomes.refused(given, seen);
    }

    /** Calls back with each attempt that has closed, so that what stood in the shared claims for it is free. Must not block. */
    void onReleased(BiConsumer<CommandId, Attempt> listener) {
        executions.onReleased(listener);
    }

    /** Calls back when there is room again for what waits though nothing was written. Must not block. */
    void onFreed(Runnable listener) {
        freed = listener;
    }

    /** Calls back with each promise that came to nothing. Must not block. */
    void onDropped(Consumer<PendingClaims.Dropped> listener) {
        pendingClaims.onDropped(listener);
    }

    /** Calls back with node and claim of what outlived steps and is held no more, by what is known here. Must not block. */
    void onEnded(BiConsumer<String, String> listener) {
        pendingClaims.onEnded(listener);
    }

    /** Whether this claim counts here. */
    synchronized boolean knows(String claimId, String nodeId) {
        LedgerEntry entry = ledger.entry(claimId);
        return (entry != null && entry.on.id.equals(nodeId)) || replicaClaims.isOn(claimId, nodeId);
    }

    /** A unit was to be written, and this is what the record says now. */
    synchronized void looked(Placed given, Execution now) {
        outcomes.looked(given, now);
    }

    /**
     * The write that a promise was for has been tried: if it came to nothing, the promise ends and the unit waits again. Not
     * so when it has been promised a node anew meanwhile, which is another write's.
     */
    synchronized void tried(Placed given) {
        outcomes.tried(given);
    }

    /** There is no such execution, or it has ended. */
    synchronized void forget(String executionId) {
        executions.forget(executionId);
    }

    // ---- what is stored

    /**
     * Executions are about to be read, for {@link #reread}: what is heard of from now on is newer than what will be read.
     *
     * @return ids, as they are heard
     */
    synchronized Set<String> reads() {
        return executions.reads();
    }

    /** They were read, or could not be. */
    synchronized void hasRead(Set<String> heard) {
        executions.hasRead(heard);
    }

    /** A listener for Executions.onWritten. @return whether room was made or something new waits */
    synchronized boolean written(Execution before, Execution after) {
        return executions.written(before, after);
    }

    /** An execution that another controller brought to its end: what this one last knew of it no longer counts. */
    synchronized boolean ended(Execution last) {
        return executions.ended(last);
    }

    /**
     * Takes in some of the executions that run, as they are stored; at a start, and again and again. What is known of those
     * of which something was heard meanwhile is newer.
     *
     * @param known ids of what was read so far; these are added
     */
    synchronized void reread(List<Execution> running, Set<String> heard, Set<String> known) {
        executions.reread(running, heard, known);
    }

    /**
     * All that run have been taken in: others do not run any more. What was promised or written since {@code asOfMillis}
     * stays, and so does what is known of executions of which something was heard since.
     */
    synchronized void isReread(Set<String> heard, Set<String> known, long asOfMillis) {
        executions.isReread(heard, known, asOfMillis);
    }

    @Override
    public synchronized void holds(String claimId, String nodeId, Claim claim, boolean underWay) {
        replicaClaims
                .told(claimId, nodeId, claim, underWay, clock.millis())
                .forEach(node -> pendingClaims.isEnded(node, claimId));
    }

    @Override
    public synchronized void holdsNothingElse(Set<String> claimIds, long asOfMillis) {
        replicaClaims
                .keepOnly(claimIds, asOfMillis, clock.millis())
                .forEach((id, nodes) -> nodes.forEach(node -> pendingClaims.isEnded(node, id)));
    }

    /** What outlives steps as it is known here, by node. */
    synchronized Map<String, List<NodeClaims.NodeClaim>> lasting() {
        return replicaClaims.byNode();
    }

    // ---- nodes

    /** @return whether something that waits may find room now */
    synchronized boolean node(String id, Node node) {
        if (node == null) {
            ledger.remove(id);
            cooldowns.forget(id);
            return true;
        }
        return ledger.put(node);
    }

    /** What the machine itself says is in use. */
    public synchronized void uses(String nodeId, CurrentUsage use) {
        NodeInfo node = ledger.find(nodeId);
        if (node != null) {
            node.uses(use);
            ledger.touched(node);
        }
    }

    /** Null when there is no such node. */
    public synchronized NodeAmounts amounts(String nodeId) {
        NodeInfo node = ledger.find(nodeId);
        return node == null ? null : node.amounts(cooldowns.of(nodeId, clock.millis()));
    }

    /** Ends promises whose write never came. A pass does so first of all, and there is none while nothing waits. */
    synchronized void expire() {
        pendingClaims.expire(clock.millis());
    }

    synchronized boolean isIdle() {
        return queue.size() == 0;
    }
}
