package io.aiwm.controller.scheduler;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.RateLimitedLog;
import io.aiwm.controller.execution.Attempt;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.ClaimHolder;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.Priority;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.node.LiveUse;
import io.aiwm.controller.node.Node;
import io.aiwm.protocol.CommandId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Gives work its node. It keeps the ledger of what every node has promised and the queue of what waits, both in memory
 * and both following what is stored: a claim stands in the attempt, in the write that names the node. What fits at once,
 * and before which nothing waits for the same kind of room, is placed within the write that queues it; everything else is
 * placed by {@link #pass} in the order of priority and age. Safe to use from any thread; never waits.
 */
public final class Scheduler implements Placer, ClaimHolder {
    private final RateLimitedLog troubles =
            RateLimitedLog.troubles(LoggerFactory.getLogger(Scheduler.class), Level.ERROR);
    /** How long a node is passed over after another controller was first there; what is free is known by then. */
    private static final long REFUSED_MILLIS = 1_000;

    private static final long WORDS_MILLIS = 2_000;

    /**
     * An execution to be written now, because a node is promised to it.
     *
     * @param unit what of it was placed
     * @param promise by which promise: the unit may be promised a node anew before this one is settled
     * @param wants what must be taken in the shared claims before; empty where this controller is alone
     */
    record Placed(String executionId, SchedulingUnit unit, long promise, List<ClaimRequest> wants) {
        Placing placing() {
            return new Placing(unit, promise);
        }
    }

    private record Placing(SchedulingUnit unit, long promise) {}

    /** @param limits what the node has to give in all */
    record ClaimRequest(String nodeId, List<NodeClaims.NodeClaim> claims, NodeClaims.Limits limits) {}

    /** @param more whether to go on */
    record Pass(List<Placed> placed, List<Eviction> evictions, boolean more) {}

    record Eviction(CommandId command, String why) {}

    private final InstantSource clock;
    private final boolean alone;
    private final Ledger ledger;
    private final ReplicaClaims lasting;
    private final PendingClaims promises;
    private final NodeChooser choice;
    private final Explainer explainer;
    private final Reservations reservations;
    private final Preemption preemption;
    private final Cooldowns cooldowns;
    private final WaitQueue queue = new WaitQueue();
    /** For each reading of executions that is under way, of which something was heard since it began. */
    private final List<Set<String>> readers = new ArrayList<>(1);

    /** What passes have promised and nobody has settled, by the unit's key. */
    private final Map<String, Placing> placing = new HashMap<>();

    private final long millisPerPoint;
    private QueueOrder turns;
    private BiConsumer<CommandId, Attempt> released = (command, attempt) -> {};
    private Runnable freed = () -> {};

    /** @param alone whether no other controller gives out the same nodes */
    public Scheduler(Config.Scheduler settings, InstantSource clock, boolean alone) {
        this.alone = alone;
        this.clock = clock;
        this.millisPerPoint = Math.max(1, settings.ageing().toMillis() / Priority.CLASS);
        var placement = new Placement(settings);
        this.ledger = new Ledger(settings);
        this.lasting = new ReplicaClaims(ledger);
        this.turns = new QueueOrder(ledger);
        this.choice = new NodeChooser(settings, placement, ledger);
        this.promises = new PendingClaims(alone, clock, placement, ledger, lasting);
        this.explainer = new Explainer(clock, millisPerPoint, ledger, queue, choice, promises);
        this.reservations =
                new Reservations(ledger, settings.reserveAfter(), need -> choice.eligible(queue.group(need)).eligible);
        this.preemption = new Preemption(settings.preemption(), placement, ledger);
        this.cooldowns = new Cooldowns(settings);
    }

    // ---- placing within a write

    @Override
    public synchronized Placer.PlacementResult place(PlacementRequest wish) {
        StepSpec step = wish.step();
        if (CONTROLLER.equals(wish.pinnedTo())) {
            return Placer.PlacementResult.on(CONTROLLER);
        }
        NodeInfo.Entry mine = ledger.entry(wish.command().toString());
        if (mine != null) {
            // what another controller has claimed for it, or stored of it, is not this one's to write
            if (alone ? !mine.granted && !mine.stored : !mine.granted || mine.stored) {
                return Placer.PlacementResult.later("is being given a node");
            }
            mine.answered = true;
            return Placer.PlacementResult.on(
                    mine.on.id, promises.claimOf(mine, step), Instant.ofEpochMilli(mine.sinceMillis));
        }
        if (wish.pinnedTo() != null && ledger.find(wish.pinnedTo()) == null) {
            return Placer.PlacementResult.impossible("node " + wish.pinnedTo() + " does not exist");
        }
        if (step.gang() != null && wish.attempt() == 1) {
            return Placer.PlacementResult.later("waits until every step of gang " + step.gang() + " has a node");
        }
        try {
            return alone(wish);
        } catch (Failure unreadable) { // a label selector: refused at the door, but a record must never get stuck on it
            return Placer.PlacementResult.impossible(unreadable.getMessage());
        }
    }

    @Override
    public synchronized void notWritten(String executionId) {
        if (promises.endWithinWrite(executionId)) {
            freed.run();
        }
    }

    private Placer.PlacementResult alone(PlacementRequest wish) {
        SchedulingUnit unit = SchedulingUnit.of(wish, millisPerPoint);
        WaitQueue.Group group = choice.eligible(queue.group(unit.need()));
        long now = clock.millis();
        boolean atOnce = unit.need().queuesOnItsNode() || (alone && turns.isNext(unit));
        if (group.eligible.length > 0 && atOnce) {
            NodeInfo node = choice.choose(unit, group, false, now);
            if (node != null) {
                reservations.placed(unit, node);
                var claim = promises.promise(wish, unit.need(), node, promises.next(), now);
                NodeInfo.Entry entry = ledger.entry(wish.command().toString());
                entry.answered = true;
                entry.withinWrite = true;
                return Placer.PlacementResult.on(node.id, claim, Instant.ofEpochMilli(now));
            }
            blocks(turns, unit, group);
        }
        if (!wish.avoided().isEmpty()) {
            Decision decision = choice.decide(unit, now);
            if (decision.never()) {
                return Placer.PlacementResult.impossible(decision.words(wish.pinnedTo()));
            }
        }
        queue.add(unit);
        return Placer.PlacementResult.later(words(group, unit, now));
    }

    /** What waits for a port alone, which may be for good, does not hold up what asks for the same room. */
    private static boolean blocks(QueueOrder turns, SchedulingUnit unit, WaitQueue.Group group) {
        boolean forPorts = NodeChooser.waitsForPorts(group);
        if (!forPorts) {
            turns.block(unit);
        }
        return !forPorts;
    }

    private String words(WaitQueue.Group group, SchedulingUnit unit, long now) {
        if (group.words == null || now - group.wordsAt > WORDS_MILLIS) {
            group.words = choice.decide(unit, now).words(unit.need().pinnedTo());
            group.wordsAt = now;
        }
        return group.words;
    }

    /** Why this step of the execution waits, or where it would go now. */
    public synchronized Explanation explain(Execution execution, int stepIndex) {
        return explainer.explain(execution, stepIndex);
    }

    /** Where {@code count} copies of a step would go now. Fails with INVALID when its label selector cannot be read. */
    public synchronized DryRun plan(StepSpec step, int count) {
        return explainer.plan(step, count);
    }

    // ---- placing what waits

    /** Places what waits and fits, in the order of turns. @param most after so many the caller is asked to come again */
    synchronized Pass pass(int most) {
        long now = clock.millis();
        promises.expire(now);
        choice.passBegins(now);
        preemption.passBegins(now);
        var placed = new ArrayList<Placed>();
        var evictions = new ArrayList<Eviction>();
        var nowBlocked = new QueueOrder(ledger);
        var foundNoRoom = new ArrayList<SchedulingUnit>();
        var heads = new PriorityQueue<Head>();
        for (WaitQueue.Group group : queue.groups()) {
            if (!group.waiting.isEmpty() && choice.eligible(group).eligible.length > 0) {
                heads.add(new Head(group.waiting.first(), group));
            }
        }
        boolean more = false;
        while (!heads.isEmpty()) {
            Head head = heads.poll();
            if (placed.size() >= most) {
                more = true;
                nowBlocked.unknownFrom(head.unit);
                break;
            }
            long promise = promises.next();
            if (placeNow(head, promise, now)) {
                List<ClaimRequest> wants = alone ? List.of() : promises.wants(head.unit);
                placed.add(new Placed(head.unit.executionId(), head.unit, promise, wants));
                if (!head.group.waiting.isEmpty()) {
                    heads.add(new Head(head.group.waiting.first(), head.group));
                }
                continue;
            }
            choice.foundNothing(head.group);
            preemption.look(head.group, now, evictions);
            if (blocks(nowBlocked, head.unit, head.group) && foundNoRoom.size() < Reservations.MOST) {
                foundNoRoom.add(head.unit); // heads come in the order of turns
            }
        }
        turns = nowBlocked;
        reservations.keepFor(foundNoRoom, now);
        choice.passEnds();
        return new Pass(placed, evictions, more);
    }

    private record Head(SchedulingUnit unit, WaitQueue.Group group) implements Comparable<Head> {
        @Override
        public int compareTo(Head other) {
            return unit.compareTo(other.unit);
        }
    }

    /** All of the unit or nothing. */
    private boolean placeNow(Head head, long promise, long now) {
        SchedulingUnit unit = head.unit;
        var given = new ArrayList<CommandId>();
        var nodes = new ArrayList<NodeInfo>();
        for (PlacementRequest wish : unit.wishes()) {
            ResourceRequest need = ResourceRequest.of(wish);
            WaitQueue.Group group = choice.eligible(unit.isGang() ? queue.group(need) : head.group);
            SchedulingUnit one = unit.isGang()
                    ? new SchedulingUnit(
                            unit.key(),
                            unit.executionId(),
                            List.of(wish),
                            need,
                            unit.priority(),
                            unit.rank(),
                            unit.queuedAt())
                    : unit;
            NodeInfo node = group.eligible.length == 0 ? null : choice.choose(one, group, true, now);
            if (node == null) {
                given.forEach(promises::takeBack);
                return false;
            }
            promises.promise(wish, need, node, promise, now);
            given.add(wish.command());
            nodes.add(node);
        }
        nodes.forEach(node -> reservations.placed(unit, node));
        queue.remove(unit);
        placing.put(unit.key(), new Placing(unit, promise));
        return true;
    }

    /**
     * The shared claims have what this unit was promised.
     *
     * @return false: the promise has ended meanwhile, and what was taken must be given back
     */
    synchronized boolean granted(Placed given) {
        boolean granted = promises.granted(given.wants());
        if (!granted) {
            tried(given);
        }
        return granted;
    }

    /** Another controller was first: what it has given out is known now, and the unit waits again. */
    synchronized void refused(Placed given, NodeClaims seen) {
        tried(given);
        NodeInfo node = ledger.find(seen.id());
        if (node != null) {
            // what is in the way may be known here as less than it is: without this the next pass would ask again at
            // once
            node.refusedUntil = clock.millis() + REFUSED_MILLIS;
        }
        for (NodeClaims.NodeClaim held : seen.claims()) {
            boolean own = given.unit().wishes().stream()
                    .anyMatch(wish -> wish.command().toString().equals(held.id()));
            if (!own && ledger.entry(held.id()) == null) {
                CommandId command = CommandId.parse(held.id());
                var owner = new ClaimOwner(command, command == null ? null : command.executionId(), 0, false);
                ledger.put(held.id(), seen.id(), held.claim(), held.slots(), owner, clock.millis()).stored = true;
            }
        }
    }

    /** Calls back with each attempt that has closed, so that what stood in the shared claims for it is free. Must not block. */
    void onReleased(BiConsumer<CommandId, Attempt> listener) {
        released = listener;
    }

    /** Calls back when there is room again for what waits though nothing was written. Must not block. */
    void onFreed(Runnable listener) {
        freed = listener;
    }

    /** Calls back with each promise that came to nothing. Must not block. */
    void onDropped(Consumer<PendingClaims.Dropped> listener) {
        promises.onDropped(listener);
    }

    /** Calls back with node and claim of what outlived steps and is held no more, by what is known here. Must not block. */
    void onEnded(BiConsumer<String, String> listener) {
        promises.onEnded(listener);
    }

    /** Whether this claim counts here. */
    synchronized boolean knows(String claimId, String nodeId) {
        NodeInfo.Entry entry = ledger.entry(claimId);
        return (entry != null && entry.on.id.equals(nodeId)) || lasting.isOn(claimId, nodeId);
    }

    /** A unit was to be written, and this is what the record says now. */
    synchronized void looked(Placed given, Execution now) {
        if (!alone || promises.isOpen(given.unit(), given.promise())) { // or else the write was made, and heard of
            written(null, now);
        }
        tried(given);
    }

    /**
     * The write that a promise was for has been tried: if it came to nothing, the promise ends and the unit waits again. Not
     * so when it has been promised a node anew meanwhile, which is another write's.
     */
    synchronized void tried(Placed given) {
        promises.end(given.unit(), given.promise());
        if (placing.remove(given.unit().key(), given.placing())) { // or else it is written, or promised anew
            queue.add(given.unit());
        }
    }

    /** There is no such execution, or it has ended. */
    synchronized void forget(String executionId) {
        promises.end(executionId);
        placing.values().removeIf(one -> one.unit().executionId().equals(executionId));
        queue.of(executionId).forEach(queue::remove);
    }

    // ---- what is stored

    /**
     * Executions are about to be read, for {@link #reread}: what is heard of from now on is newer than what will be read.
     *
     * @return ids, as they are heard
     */
    synchronized Set<String> reads() {
        var heard = new HashSet<String>();
        readers.add(heard);
        return heard;
    }

    /** They were read, or could not be. */
    synchronized void hasRead(Set<String> heard) {
        readers.removeIf(one -> one == heard);
    }

    /** A listener for Executions.onWritten. @return whether room was made or something new waits */
    synchronized boolean written(Execution before, Execution after) {
        readers.forEach(heard -> heard.add(after.id()));
        long now = clock.millis();
        boolean freed = false;
        for (int i = 0; i < after.steps().size(); i++) {
            Step is = after.steps().get(i);
            Step was = before == null ? null : before.steps().get(i);
            if (was == is) {
                continue;
            }
            if (was != null && was.status().isOpenAttempt()) {
                Attempt then = is.attempts().get(was.attempt() - 1);
                if (!then.open()) {
                    freed |= closed(new CommandId(after.id(), i, was.attempt()), then, now);
                }
            }
            if (was != null && was.status() == StepState.COMPLETED && is.status() != StepState.COMPLETED) {
                // it is done again: what it has made, or prepared, is wanted no more
                promises.giveBack(new CommandId(after.id(), i, was.attempt()).toString());
            }
            if (is.status().isOpenAttempt()) {
                stored(after.id(), is, now);
            }
        }
        if (after.status().isFinal()) {
            madeNothing(after, now);
        }
        promises.keep(after);
        boolean waits = requeue(after, now);
        return waits || freed;
    }

    private boolean closed(CommandId command, Attempt attempt, long now) {
        long until = cooldowns.closed(attempt, now);
        NodeInfo node = ledger.find(attempt.nodeId());
        if (node != null) {
            node.cooldownUntil = until;
        }
        if (!alone) {
            released.accept(command, attempt);
        }
        return attempt.outcome() == StepState.COMPLETED
                ? ledger.release(command.toString())
                : promises.giveBack(command.toString());
    }

    private void stored(String executionId, Step step, long now) {
        if (CONTROLLER.equals(step.nodeId())) {
            return;
        }
        StepSpec spec = step.spec();
        var command = new CommandId(executionId, spec.index(), step.attempt());
        Claim claim =
                step.current().claim() == null ? Claim.NOTHING : step.current().claim();
        boolean pinned = spec.nodeId() != null || spec.sameNodeAs() != null;
        boolean amounts = !claim.isNothing();
        NodeInfo.Entry mine = ledger.entry(command.toString());
        if (mine != null && mine.granted && !alone && !mine.on.id.equals(step.nodeId())) {
            promises.drop(mine); // another controller placed it elsewhere
        }
        if (alone && mine != null && mine.stored && mine.on.id.equals(step.nodeId())) {
            return; // what it was to make may be gone by now, and must not be asked for again
        }
        promises.take(command, spec, step.nodeId(), claim, pinned && !amounts ? 0 : 1, now).stored = true;
    }

    /** What is made is held from then on, though its owner will say so only when the whole execution has ended. */
    private void made(String executionId, Step step, long now) {
        Claim claim = step.current().claim();
        if (step.spec().claimId() != null && claim != null) {
            String command = new CommandId(executionId, step.spec().index(), step.attempt()).toString();
            lasting.asked(step.spec().claimId(), command, step.nodeId(), claim, now);
        }
    }

    /** What its steps prepared for something that was then not made. */
    private void madeNothing(Execution ended, long now) {
        boolean made = true;
        for (int i = ended.steps().size() - 1; i >= 0; i--) {
            Step step = ended.steps().get(i);
            if (step.spec().claimId() != null) {
                made &= step.status() == StepState.COMPLETED;
                if (!made && step.attempt() > 0) {
                    lasting.failed(new CommandId(ended.id(), i, step.attempt()).toString(), now);
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
        placing.values().removeIf(one -> one.unit().executionId().equals(after.id()) && !waits.contains(one.unit()));
        for (SchedulingUnit unit : waits) {
            if (!placing.containsKey(unit.key())) {
                queue.add(unit);
            }
        }
        return !waits.isEmpty();
    }

    /** An execution that another controller brought to its end: what this one last knew of it no longer counts. */
    synchronized boolean ended(Execution last) {
        readers.forEach(heard -> heard.add(last.id()));
        boolean freed = false;
        for (Step step : last.steps()) {
            if (step.status().isOpenAttempt()) {
                freed |= promises.giveBack(new CommandId(last.id(), step.spec().index(), step.attempt()).toString());
            }
        }
        forget(last.id());
        return freed;
    }

    /**
     * Takes in some of the executions that run, as they are stored; at a start, and again and again. What is known of those
     * of which something was heard meanwhile is newer.
     *
     * @param known ids of what was read so far; these are added
     */
    synchronized void reread(List<Execution> running, Set<String> heard, Set<String> known) {
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
    synchronized void isReread(Set<String> heard, Set<String> known, long asOfMillis) {
        for (NodeInfo.Entry entry : ledger.entries()) {
            boolean old = entry.stored && entry.sinceMillis < asOfMillis;
            if (old
                    && entry.owner.command() != null
                    && !known.contains(entry.id)
                    && !heard.contains(entry.owner.executionId())) {
                promises.giveBack(entry.id);
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

    @Override
    public synchronized void holds(String claimId, String nodeId, Claim claim, boolean underWay) {
        lasting.told(claimId, nodeId, claim, underWay, clock.millis()).forEach(node -> promises.isEnded(node, claimId));
    }

    @Override
    public synchronized void holdsNothingElse(Set<String> claimIds, long asOfMillis) {
        lasting.keepOnly(claimIds, asOfMillis, clock.millis())
                .forEach((id, nodes) -> nodes.forEach(node -> promises.isEnded(node, id)));
    }

    /** What outlives steps as it is known here, by node. */
    synchronized Map<String, List<NodeClaims.NodeClaim>> lasting() {
        var all = new HashMap<String, List<NodeClaims.NodeClaim>>();
        for (NodeInfo.Entry entry : ledger.entries()) {
            if (entry.owner.command() == null) {
                all.computeIfAbsent(entry.on.id, id -> new ArrayList<>())
                        .add(new NodeClaims.NodeClaim(
                                ReplicaClaims.idOf(entry.id), entry.claim, 0, entry.sinceMillis, null));
            }
        }
        return all;
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
    public synchronized void uses(String nodeId, LiveUse use) {
        NodeInfo candidate = ledger.find(nodeId);
        if (candidate != null) {
            candidate.uses(use);
            ledger.touched(candidate);
        }
    }

    /** Null when there is no such node. */
    public synchronized NodeAmounts amounts(String nodeId) {
        NodeInfo candidate = ledger.find(nodeId);
        if (candidate == null) {
            return null;
        }
        Cooldowns.Cooldown rest = cooldowns.of(nodeId, clock.millis());
        return candidate.amounts(rest);
    }

    /** Ends promises whose write never came. A pass does so first of all, and there is none while nothing waits. */
    synchronized void expire() {
        promises.expire(clock.millis());
    }

    synchronized boolean isIdle() {
        return queue.size() == 0;
    }
}
