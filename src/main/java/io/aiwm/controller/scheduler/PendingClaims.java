package io.aiwm.controller.scheduler;

import io.aiwm.common.Ids;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Placer.PlacementRequest;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepState;
import io.aiwm.protocol.CommandId;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * What was given to steps and is not stored yet, and what an attempt holds. A promise keeps a node's room until the write
 * that names the node, and ends with it however it goes. Used under the lock of {@link Scheduler}.
 */
final class PendingClaims {
    /** A promise whose write never came. */
    private static final long PROMISE_MILLIS = NodeClaims.PROMISE_MILLIS;

    private final boolean alone;
    private final InstantSource clock;
    private final Placement placement;
    private final Ledger ledger;
    private final ReplicaClaims replicaClaims;
    /** By which name this one takes claims among others. */
    final String self = Ids.next("scheduler");

    private final Map<String, List<CommandId>> open = new HashMap<>();
    private BiConsumer<String, String> ended = (nodeId, claimId) -> {};
    private Consumer<Dropped> dropped = what -> {};
    private long made;

    /**
     * A promise of this controller that came to nothing, though the shared claims have it.
     *
     * @param answered whether a write that names the node may have been made of it, and may yet be done
     */
    record Dropped(String nodeId, NodeClaims.NodeClaim claim, boolean answered) {}

    PendingClaims(boolean alone, InstantSource clock, Placement placement, Ledger ledger, ReplicaClaims replicaClaims) {
        this.alone = alone;
        this.clock = clock;
        this.placement = placement;
        this.ledger = ledger;
        this.replicaClaims = replicaClaims;
    }

    void onDropped(Consumer<Dropped> listener) {
        dropped = listener;
    }

    /** @param listener hears node and claim of what outlived steps and is held no more, or less of it */
    void onEnded(BiConsumer<String, String> listener) {
        ended = listener;
    }

    void isEnded(String nodeId, String claimId) {
        ended.accept(nodeId, claimId);
    }

    /** The promises to an execution end. */
    void end(String executionId) {
        List<CommandId> its = open.remove(executionId);
        if (its != null) {
            its.forEach(this::dropUnlessStored);
        }
    }

    /**
     * Those of them end that were made within a write. What a pass promised ends with what the pass writes.
     *
     * @return whether there were any
     */
    boolean endWithinWrite(String executionId) {
        boolean any = false;
        for (CommandId command : List.copyOf(open.getOrDefault(executionId, List.of()))) {
            LedgerEntry entry = ledger.entry(command.toString());
            if (entry == null || entry.withinWrite) {
                open.get(executionId).remove(command);
                dropUnlessStored(command);
                any = true;
            }
        }
        return any;
    }

    /** What a pass promised to a unit ends; what was promised to it anew since does not. */
    void end(SchedulingUnit unit, long promise) {
        for (PlacementRequest wish : unit.wishes()) {
            if (isOpen(wish.command(), promise)) {
                open.get(unit.executionId()).remove(wish.command());
                dropUnlessStored(wish.command());
            }
        }
    }

    /** Whether any of it is promised by this very promise and not written. */
    boolean isOpen(SchedulingUnit unit, long promise) {
        return unit.wishes().stream().anyMatch(wish -> isOpen(wish.command(), promise));
    }

    private boolean isOpen(CommandId command, long promise) {
        LedgerEntry entry = ledger.entry(command.toString());
        return entry != null
                && entry.promise == promise
                && open.getOrDefault(command.executionId(), List.of()).contains(command);
    }

    private void dropUnlessStored(CommandId command) {
        LedgerEntry entry = ledger.entry(command.toString());
        if (entry != null && !entry.stored) {
            drop(entry);
        }
    }

    /** The number of a new promise. All that is promised to one unit at once has the same. */
    long next() {
        return ++made;
    }

    Claim claimOf(LedgerEntry mine, StepSpec step) {
        Claim promised = step.claimId() == null ? null : replicaClaims.promised(mine.id);
        return promised == null ? mine.claim : promised;
    }

    /** Keeps what the step needs free until its write is stored. @param promise its number */
    Claim promise(PlacementRequest wish, ResourceRequest request, NodeInfo node, long promise, long now) {
        Claim claim = placement.claim(request, node);
        StepSpec step = wish.step();
        // what another controller claims for this attempt is no promise of this one
        CommandId command = wish.command();
        String id = command.toString();
        takeBack(command, id);
        LedgerEntry entry = take(command, id, step, node.id, claim, request.queuesOnItsNode() ? 0 : 1, now);
        entry.promise = promise;
        entry.granted = alone || request.queuesOnItsNode();
        open.computeIfAbsent(wish.executionId(), key -> new ArrayList<>(1)).add(command);
        return claim;
    }

    LedgerEntry take(CommandId command, StepSpec step, String nodeId, Claim claim, int slots, long now) {
        return take(command, command.toString(), step, nodeId, claim, slots, now);
    }

    private LedgerEntry take(
            CommandId command, String id, StepSpec step, String nodeId, Claim claim, int slots, long now) {
        var owner = new ClaimOwner(command, command.executionId(), step.priority(), step.preemptible());
        if (step.claimId() == null) {
            return ledger.put(id, nodeId, claim, slots, owner, now);
        }
        replicaClaims.asked(step.claimId(), id, nodeId, claim, now);
        return ledger.put(id, nodeId, Claim.NOTHING, slots, owner, now);
    }

    /** What must be taken in the shared claims before the unit may be written. */
    List<Scheduler.ClaimRequest> wants(SchedulingUnit unit) {
        var wants = new ArrayList<Scheduler.ClaimRequest>();
        for (PlacementRequest wish : unit.wishes()) {
            LedgerEntry entry = ledger.entry(wish.command().toString());
            if (entry.granted) {
                continue;
            }
            var claims = new ArrayList<NodeClaims.NodeClaim>();
            claims.add(held(entry));
            LedgerEntry lasts = wish.step().claimId() == null
                    ? null
                    : ledger.entry(wish.step().claimId());
            if (lasts != null) {
                claims.add(new NodeClaims.NodeClaim(
                        lasts.id, lasts.claim, 0, entry.sinceMillis, self, entry.promise, entry.id));
            }
            wants.add(new Scheduler.ClaimRequest(entry.on.id, claims, entry.on.limits()));
        }
        return wants;
    }

    private NodeClaims.NodeClaim held(LedgerEntry entry) {
        return new NodeClaims.NodeClaim(
                entry.id, entry.claim, entry.slots, entry.sinceMillis, self, entry.promise, null);
    }

    /**
     * The shared claims have what this unit was promised.
     *
     * @return false: the promise has ended meanwhile, and nobody will write it
     */
    boolean granted(List<Scheduler.ClaimRequest> wants) {
        var entries = new ArrayList<LedgerEntry>();
        for (Scheduler.ClaimRequest want : wants) {
            NodeClaims.NodeClaim taken = want.claims().get(0);
            LedgerEntry entry = ledger.entry(taken.id());
            if (entry == null || entry.promise != taken.promise()) {
                return false;
            }
            entries.add(entry);
        }
        entries.forEach(entry -> entry.granted = true);
        return true;
    }

    /** What an attempt holds, and what it was to hold for something that it has not made. */
    boolean giveBack(String command) {
        replicaClaims.failed(command, clock.millis());
        return ledger.release(command);
    }

    /** Ends a promise that came to nothing. */
    void drop(LedgerEntry entry) {
        giveBack(entry.id);
        if (!alone && entry.granted && entry.promise > 0) {
            dropped.accept(new Dropped(entry.on.id, held(entry), entry.answered));
        }
    }

    void takeBack(CommandId command) {
        takeBack(command, command.toString());
    }

    private void takeBack(CommandId command, String id) {
        LedgerEntry entry = ledger.entry(id);
        if (entry != null) {
            drop(entry);
        }
        List<CommandId> its = open.get(command.executionId());
        if (its != null) {
            its.remove(command);
        }
    }

    /** Ends those whose write never came. */
    void expire(long now) {
        var late = new ArrayList<CommandId>();
        open.values()
                .forEach(commands -> commands.forEach(command -> {
                    LedgerEntry entry = ledger.entry(command.toString());
                    if (entry == null || (!entry.stored && now - entry.sinceMillis > PROMISE_MILLIS)) {
                        late.add(command);
                    }
                }));
        late.forEach(this::takeBack);
        open.values().removeIf(List::isEmpty);
    }

    /** What the record says now: a promise lasts only while its attempt is the next. */
    void keep(Execution after) {
        List<CommandId> its = open.remove(after.id());
        if (its == null) {
            return;
        }
        for (CommandId command : its) {
            LedgerEntry entry = ledger.entry(command.toString());
            Step step = after.steps().get(command.stepIndex());
            boolean comes = step.status() == StepState.QUEUED && step.attempt() + 1 == command.attempt();
            if (entry != null && !entry.stored) {
                if (comes) {
                    open.computeIfAbsent(after.id(), id -> new ArrayList<>(1)).add(command);
                } else {
                    drop(entry);
                }
            }
        }
    }
}
