package io.aiwm.controller.scheduler;

import io.aiwm.boot.Config;
import io.aiwm.controller.execution.Attempt;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.ClaimHolder;
import io.aiwm.controller.execution.CommandId;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.node.LabelSelector;
import io.aiwm.controller.node.LiveUse;
import io.aiwm.controller.node.Node;
import io.aiwm.protocol.Failure;
import io.aiwm.protocol.Ids;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Gives work its node. It keeps the ledger of what every node has promised and the queue of what waits, both in memory
 * and both following what is stored: a claim stands in the attempt, in the write that names the node. What fits at once,
 * and before which nothing waits for the same kind of room, is placed within the write that queues it; everything else is
 * placed by {@link #pass} in the order of priority and age. Safe to use from any thread; never waits.
 */
public final class Scheduler implements Placer, ClaimHolder {
    /** A promise whose write never came. */
    private static final long PROMISE_MILLIS = NodeClaims.PROMISE_MILLIS;
    /** How long a node is kept free for a unit before that is decided anew. */
    private static final long HOLD_MILLIS = 60_000;

    /** How long a node is passed over after another controller was first there; what is free is known by then. */
    private static final long REFUSED_MILLIS = 1_000;

    private static final long WORDS_MILLIS = 2_000;
    /** So often everything is looked at, even where nothing is known to have become free. */
    private static final long FULL_LOOK_MILLIS = 4_000;

    /** So many of one kind are looked at for preemption in a pass. */
    private static final int PREEMPTORS = 16;

    /**
     * An execution to be written now, because a node is promised to it.
     *
     * @param unit what of it was placed
     * @param wants what must be taken in the shared claims before; empty where this controller is alone
     */
    record Given(String executionId, Unit unit, List<Want> wants) {}

    /** @param limits what the node has to give in all */
    record Want(String nodeId, List<NodeClaims.Held> claims, NodeClaims.Limits limits) {}

    /** @param more whether to go on */
    record Pass(List<Given> look, List<Eviction> evictions, boolean more) {}

    record Eviction(CommandId command, String why) {}

    private final Config.Scheduler settings;
    private final InstantSource clock;
    private final boolean alone;
    private final Placement placement;
    private final Ledger ledger;
    private final LastingClaims lasting;
    private final Cooldowns cooldowns;
    private final WaitQueue queue = new WaitQueue();
    /** Promises not yet stored, by execution. */
    private final Map<String, List<CommandId>> promised = new HashMap<>();

    private final Map<String, Unit> placing = new HashMap<>();
    private final Map<String, Long> preemptedAt = new HashMap<>();
    private final ZoneLoad zones;
    private final long millisPerPoint;
    private String starving;
    /**
     * For slots, for machine and for GPU room: the rank of the first unit that waits for it. Whatever needs the same and
     * comes later waits, too.
     */
    private long[] blocked = nothingBlocked();

    private BiConsumer<String, String> released = (nodeId, claimId) -> {};
    private BiConsumer<String, String> dropped = (nodeId, claimId) -> {};
    private final String self = Ids.next("scheduler");
    private int turn;
    private long passes;
    private long lastFullLook;
    private Candidate[] freed = new Candidate[0];

    /** @param alone whether no other controller gives out the same nodes */
    public Scheduler(Config.Scheduler settings, InstantSource clock, boolean alone) {
        this.alone = alone;
        this.settings = settings;
        this.clock = clock;
        this.placement = new Placement(settings);
        this.ledger = new Ledger(settings);
        this.lasting = new LastingClaims(ledger);
        this.cooldowns = new Cooldowns(settings);
        this.zones = new ZoneLoad();
        this.millisPerPoint = Math.max(1, settings.ageing().toMillis() / io.aiwm.controller.execution.Priority.CLASS);
    }

    // ---- placing within a write

    @Override
    public synchronized Placer.Answer place(Wish wish) {
        StepSpec step = wish.step();
        if (CONTROLLER.equals(wish.pinnedTo())) {
            return Placer.Answer.on(CONTROLLER);
        }
        Candidate.Entry mine = ledger.entry(wish.command().toString());
        if (mine != null) {
            if (!mine.granted && !mine.stored) {
                return Placer.Answer.later("is being given a node");
            }
            return Placer.Answer.on(mine.on.id, claimOf(mine, step), Instant.ofEpochMilli(mine.sinceMillis));
        }
        if (wish.pinnedTo() != null && ledger.find(wish.pinnedTo()) == null) {
            return Placer.Answer.impossible("node " + wish.pinnedTo() + " does not exist");
        }
        if (step.gang() != null && wish.attempt() == 1) {
            return Placer.Answer.later("waits until every step of gang " + step.gang() + " has a node");
        }
        try {
            return alone(wish);
        } catch (Failure unreadable) { // a label selector: refused at the door, but a record must never get stuck on it
            return Placer.Answer.impossible(unreadable.getMessage());
        }
    }

    @Override
    public synchronized void notWritten(Execution stored) {
        written(null, stored);
    }

    private Placer.Answer alone(Wish wish) {
        Unit unit = Unit.of(wish, millisPerPoint);
        WaitQueue.Group group = eligible(queue.group(unit.need()));
        long now = clock.millis();
        boolean atOnce = unit.need().queuesOnItsNode() || (alone && isNext(unit));
        if (group.eligible.length > 0 && atOnce) {
            Candidate node = choose(unit, group, false, now);
            if (node != null) {
                return Placer.Answer.on(node.id, promise(wish, unit.need(), node, now), Instant.ofEpochMilli(now));
            }
            block(blocked, unit);
        }
        queue.add(unit);
        return Placer.Answer.later(words(group, unit, now));
    }

    private static long[] nothingBlocked() {
        return new long[] {Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE};
    }

    private static int level(Need need) {
        return need.gpuCount() > 0 ? 2 : need.asksForAmounts() ? 1 : 0;
    }

    /** Whether nothing that waits for room of its kind, or for less, comes before it. */
    private boolean isNext(Unit unit) {
        for (int level = level(unit.need()); level >= 0; level--) {
            if (blocked[level] < unit.rank()) {
                return false;
            }
        }
        return true;
    }

    private void block(long[] blocked, Unit unit) {
        if (unit.need().queuesOnItsNode()) {
            return;
        }
        int level = ledger.hasFreeSlot() ? level(unit.need()) : 0;
        blocked[level] = Math.min(blocked[level], unit.rank());
    }

    private Claim claimOf(Candidate.Entry mine, StepSpec step) {
        Claim promised = step.holds() == null ? null : lasting.promised(mine.id);
        return promised == null ? mine.claim : promised;
    }

    private WaitQueue.Group eligible(WaitQueue.Group group) {
        if (group.epoch != ledger.epoch()) {
            group.eligible = placement.eligible(group.need, ledger.all());
            group.epoch = ledger.epoch();
            group.words = null;
            group.blockedIn = -1;
        }
        return group;
    }

    private Candidate choose(Unit unit, WaitQueue.Group group, boolean inPass, long now) {
        Need need = unit.need();
        if (need.queuesOnItsNode()) {
            return group.eligible[0];
        }
        boolean blocked = inPass && group.blockedIn == passes - 1;
        Candidate[] among = blocked ? stillEligible(need) : group.eligible;
        if (among.length == 0) {
            return null;
        }
        // what it holds already, of an earlier version of itself, it need not find a second time
        Candidate.Entry held = need.holds() == null ? null : ledger.entry(need.holds());
        if (held != null) {
            ledger.release(held.id);
        }
        zones.decision(ledger);
        boolean packs = need.asksForAmounts() && settings.policy() == Config.Scheduler.Packing.BINPACK;
        int at = placement.best(need, unit.key(), among, now, packs && !blocked ? group.landed : turn++);
        Candidate node = at < 0 ? null : among[at];
        if (at >= 0) {
            group.landed = blocked ? group.landed : at;
        }
        if (held != null && node == null) {
            ledger.put(held.id, held.on.id, held.claim, held.slots, held.owner, held.sinceMillis).stored = true;
        }
        return node;
    }

    /** Nothing else had room in the last pass, so only what became free since can have some now. */
    private Candidate[] stillEligible(Need need) {
        LabelSelector labels = need.labels();
        int count = 0;
        var some = new Candidate[freed.length];
        for (Candidate candidate : freed) {
            if (placement.lasting(need, labels, candidate) == null) {
                some[count++] = candidate;
            }
        }
        return Arrays.copyOf(some, count);
    }

    /** Keeps what the step needs free until its write is stored. */
    private Claim promise(Wish wish, Need need, Candidate node, long now) {
        Claim claim = placement.claim(need, node);
        StepSpec step = wish.step();
        Candidate.Entry entry = take(wish.command(), step, node.id, claim, need.queuesOnItsNode() ? 0 : 1, now);
        entry.granted = alone || need.queuesOnItsNode();
        promised.computeIfAbsent(wish.executionId(), id -> new ArrayList<>(1)).add(wish.command());
        if (node.heldFor != null && node.heldFor.startsWith(wish.executionId() + "/")) {
            node.heldFor = null;
            ledger.touched(node);
        }
        return claim;
    }

    private Candidate.Entry take(CommandId command, StepSpec step, String nodeId, Claim claim, int slots, long now) {
        var owner = new Owner(command, command.executionId(), step.priority(), step.preemptible());
        if (step.holds() == null) {
            return ledger.put(command.toString(), nodeId, claim, slots, owner, now);
        }
        lasting.asked(step.holds(), command.toString(), nodeId, claim, now);
        return ledger.put(command.toString(), nodeId, Claim.NOTHING, slots, owner, now);
    }

    private String words(WaitQueue.Group group, Unit unit, long now) {
        if (group.words == null || now - group.wordsAt > WORDS_MILLIS) {
            group.words = decide(unit, now).words(unit.need().pinnedTo());
            group.wordsAt = now;
        }
        return group.words;
    }

    /** What placing this unit's first step would give now; changes nothing. */
    private Decision decide(Unit unit, long now) {
        Candidate[] all = ledger.all();
        WaitQueue.Group group = new WaitQueue.Group(unit.need());
        group.eligible = placement.eligible(unit.need(), all);
        int at = placement.best(unit.need(), unit.key(), group.eligible, now, turn);
        return at >= 0
                ? Decision.on(group.eligible[at], placement.claim(unit.need(), group.eligible[at]))
                : new Decision(null, null, placement.excluded(unit.need(), unit.key(), all, now), all.length);
    }

    /** Why this step of the execution waits, or where it would go now. */
    public synchronized Explanation explain(Execution execution, int stepIndex) {
        Wish wish = wish(execution, execution.steps().get(stepIndex));
        Unit unit = queue.of(execution.id()).stream()
                .filter(one -> one.waitsFor(wish.command()))
                .findFirst()
                .orElse(null);
        long now = clock.millis();
        Unit asked = unit == null || unit.isGang() ? Unit.of(wish, millisPerPoint) : unit;
        return explanation(asked, decide(asked, now), unit);
    }

    /** Where {@code count} copies of a step would go now. Fails with INVALID when its label selector cannot be read. */
    public synchronized DryRun plan(StepSpec step, int count) {
        long now = clock.millis();
        var given = new ArrayList<CommandId>();
        var nodes = new LinkedHashMap<String, DryRun.OnNode>();
        Explanation shortOf = null;
        for (int i = 0; i < count && shortOf == null; i++) {
            var wish = new Wish("plan" + i, step, 1, step.nodeId(), clock.instant());
            Unit unit = Unit.of(wish, millisPerPoint);
            Decision decision = decide(unit, now);
            if (decision.node() == null) {
                shortOf = explanation(unit, decision, null);
            } else {
                take(wish.command(), step, decision.node().id, decision.claim(), 1, now);
                given.add(wish.command());
                List<Integer> gpus =
                        decision.claim().gpus().stream().map(Claim.Gpu::index).toList();
                nodes.merge(
                        decision.node().id,
                        new DryRun.OnNode(decision.node().id, 1, gpus),
                        (old, one) -> new DryRun.OnNode(old.nodeId(), old.count() + 1, old.gpus()));
            }
        }
        given.forEach(command -> giveBack(command.toString()));
        return new DryRun(List.copyOf(nodes.values()), count - given.size(), shortOf);
    }

    private Explanation explanation(Unit unit, Decision decision, Unit queued) {
        String kept = null;
        for (Candidate candidate : ledger.all()) {
            if (unit.key().equals(candidate.heldFor) && candidate.heldUntil > clock.millis()) {
                kept = candidate.id;
            }
        }
        boolean fits = decision.node() != null;
        return new Explanation(
                fits
                        ? (queued == null ? "fits on node " : "waits its turn; fits on node ") + decision.node().id
                        : decision.words(unit.need().pinnedTo()),
                fits ? decision.node().id : null,
                decision.claim(),
                decision.never(),
                decision.reasons(),
                ledger.all().length,
                queued == null ? null : queue.ahead(queued) + 1,
                queue.size(),
                kept);
    }

    // ---- placing what waits

    /** Places what waits and fits, in the order of turns. @param most after so many the caller is asked to come again */
    synchronized Pass pass(int most) {
        long now = clock.millis();
        expirePromises(now);
        freed = ledger.takeFreed();
        if (now - lastFullLook >= FULL_LOOK_MILLIS) {
            lastFullLook = now;
            passes++; // no group was blocked in the pass before: all are looked at anew
        }
        var look = new ArrayList<Given>();
        var evictions = new ArrayList<Eviction>();
        long[] nowBlocked = nothingBlocked();
        Unit firstBlockedUnit = null;
        var heads = new PriorityQueue<Head>();
        for (WaitQueue.Group group : queue.groups()) {
            if (!group.waiting.isEmpty() && eligible(group).eligible.length > 0) {
                heads.add(new Head(group.waiting.first(), group));
            }
        }
        boolean more = false;
        while (!heads.isEmpty()) {
            Head head = heads.poll();
            if (look.size() >= most) {
                more = true;
                nowBlocked[0] = Math.min(nowBlocked[0], head.unit.rank());
                break;
            }
            if (placeNow(head, now)) {
                look.add(new Given(head.unit.executionId(), head.unit, alone ? List.of() : wants(head.unit)));
                if (!head.group.waiting.isEmpty()) {
                    heads.add(new Head(head.group.waiting.first(), head.group));
                }
                continue;
            }
            head.group.blockedIn = passes;
            preempt(head.group, now, evictions);
            block(nowBlocked, head.unit);
            if (firstBlockedUnit == null && head.unit.need().asksForAmounts()) {
                firstBlockedUnit = head.unit; // heads come in the order of turns
            }
        }
        blocked = nowBlocked;
        keepFree(firstBlockedUnit, now);
        passes++;
        return new Pass(look, evictions, more);
    }

    private record Head(Unit unit, WaitQueue.Group group) implements Comparable<Head> {
        @Override
        public int compareTo(Head other) {
            return unit.compareTo(other.unit);
        }
    }

    /** All of the unit or nothing. */
    private boolean placeNow(Head head, long now) {
        Unit unit = head.unit;
        var given = new ArrayList<CommandId>();
        for (Wish wish : unit.wishes()) {
            Need need = Need.of(wish.step(), wish.pinnedTo());
            WaitQueue.Group group = eligible(unit.isGang() ? queue.group(need) : head.group);
            Unit one = unit.isGang()
                    ? new Unit(
                            unit.key(),
                            unit.executionId(),
                            List.of(wish),
                            need,
                            unit.priority(),
                            unit.rank(),
                            unit.queuedAt())
                    : unit;
            Candidate node = group.eligible.length == 0 ? null : choose(one, group, true, now);
            if (node == null) {
                given.forEach(this::takeBack);
                return false;
            }
            promise(wish, need, node, now);
            given.add(wish.command());
        }
        queue.remove(unit);
        placing.put(unit.key(), unit);
        return true;
    }

    private List<Want> wants(Unit unit) {
        var wants = new ArrayList<Want>();
        for (Wish wish : unit.wishes()) {
            Candidate.Entry entry = ledger.entry(wish.command().toString());
            if (entry.granted) {
                continue;
            }
            var claims = new ArrayList<NodeClaims.Held>();
            claims.add(held(entry));
            Candidate.Entry made = wish.step().holds() == null
                    ? null
                    : ledger.entry(wish.step().holds());
            if (made != null) {
                claims.add(held(made));
            }
            wants.add(new Want(entry.on.id, claims, entry.on.limits()));
        }
        return wants;
    }

    private NodeClaims.Held held(Candidate.Entry entry) {
        return new NodeClaims.Held(entry.id, entry.claim, entry.slots, entry.sinceMillis, self);
    }

    /** The shared claims have what this unit was promised. */
    synchronized void granted(Unit unit) {
        for (Wish wish : unit.wishes()) {
            Candidate.Entry entry = ledger.entry(wish.command().toString());
            if (entry != null) {
                entry.granted = true;
            }
        }
    }

    /** Another controller was first: what it has given out is known now, and the unit waits again. */
    synchronized void refused(Unit unit, NodeClaims seen) {
        tried(unit);
        Candidate node = ledger.find(seen.id());
        if (node != null) {
            // what is in the way may be known here as less than it is: without this the next pass would ask again at
            // once
            node.refusedUntil = clock.millis() + REFUSED_MILLIS;
        }
        for (NodeClaims.Held held : seen.claims()) {
            boolean own = unit.wishes().stream()
                    .anyMatch(wish -> wish.command().toString().equals(held.id()));
            if (!own && ledger.entry(held.id()) == null) {
                CommandId command = CommandId.parse(held.id());
                var owner = new Owner(command, command == null ? null : command.executionId(), 0, false);
                ledger.put(held.id(), seen.id(), held.claim(), held.slots(), owner, clock.millis()).stored = true;
            }
        }
    }

    /** Calls back with node and claim when something that stood in the shared claims is held no longer. Must not block. */
    void onReleased(BiConsumer<String, String> listener) {
        released = listener;
    }

    /**
     * Calls back with node and claim of what is not held here any more, by what this controller knows: a promise that came
     * to nothing, or what outlived steps. Must not block.
     */
    void onDropped(BiConsumer<String, String> listener) {
        dropped = listener;
    }

    /** By which name this one takes claims among others. */
    String self() {
        return self;
    }

    /** Whether this claim counts here. */
    synchronized boolean knows(String claimId, String nodeId) {
        Candidate.Entry entry = ledger.entry(claimId);
        return (entry != null && entry.on.id.equals(nodeId)) || lasting.isOn(claimId, nodeId);
    }

    /** What an attempt holds, and what it was to hold for something that it has not made. */
    private boolean giveBack(String command) {
        lasting.failed(command, clock.millis());
        return ledger.release(command);
    }

    /** Ends a promise that came to nothing. */
    private void drop(Candidate.Entry entry) {
        giveBack(entry.id);
        if (!alone && entry.granted) {
            dropped.accept(entry.on.id, entry.id);
        }
    }

    private void takeBack(CommandId command) {
        Candidate.Entry entry = ledger.entry(command.toString());
        if (entry != null) {
            drop(entry);
        }
        List<CommandId> open = promised.get(command.executionId());
        if (open != null) {
            open.remove(command);
        }
    }

    private void preempt(WaitQueue.Group group, long now, List<Eviction> evictions) {
        if (!settings.preemption()) {
            return;
        }
        int looked = 0;
        for (Unit unit : group.waiting) {
            if (looked++ >= PREEMPTORS) {
                return;
            }
            Long last = preemptedAt.get(unit.key());
            if (unit.isGang() || !ledger.canPreempt(unit.priority()) || (last != null && now - last < HOLD_MILLIS)) {
                continue;
            }
            Preemption.Plan plan = Preemption.plan(placement, unit, group.eligible, now);
            if (plan == null) {
                return; // the next of this kind asks for the same
            }
            String why = unit.executionId() + " with priority " + unit.priority() + " needs the room";
            plan.victims().forEach(victim -> evictions.add(new Eviction(victim, why)));
            preemptedAt.put(unit.key(), now);
            plan.node().heldFor = unit.key();
            plan.node().heldUntil = now + HOLD_MILLIS;
        }
    }

    /** A unit that asks for much and has waited long gets a node that nothing smaller may fill up again and again. */
    private void keepFree(Unit first, long now) {
        boolean starves = first != null
                && !first.isGang()
                && first.need().asksForAmounts()
                && now - first.queuedAt() > settings.reserveAfter().toMillis();
        String wanted = starves ? first.key() : null;
        if (Objects.equals(wanted, starving)) {
            return;
        }
        for (Candidate candidate : ledger.all()) {
            if (starving != null && starving.equals(candidate.heldFor)) {
                candidate.heldFor = null;
                ledger.touched(candidate);
            }
        }
        starving = null;
        if (starves) {
            Candidate nearest = nearest(first, now);
            if (nearest != null) {
                nearest.heldFor = first.key();
                nearest.heldUntil = Long.MAX_VALUE;
                starving = first.key();
            }
        }
    }

    /** The node that has to give back least until the unit fits. */
    private Candidate nearest(Unit unit, long now) {
        Candidate nearest = null;
        double least = Double.MAX_VALUE;
        for (Candidate candidate : eligible(queue.group(unit.need())).eligible) {
            if (candidate.heldFor != null && candidate.heldUntil > now) {
                continue;
            }
            double lacks = lacks(unit.need().cpuMilli(), candidate.cpuFree(), candidate.cpuMilli)
                    + lacks(unit.need().memoryBytes(), candidate.memoryFree(), candidate.memoryBytes)
                    + (candidate.slotsFree() > 0 ? 0 : 1.0 / candidate.slots);
            if (unit.need().gpuCount() > 0) {
                lacks += candidate.gpus.stream().mapToInt(gpu -> gpu.claims).sum();
            }
            if (lacks < least) {
                least = lacks;
                nearest = candidate;
            }
        }
        return nearest;
    }

    private static double lacks(long need, long free, long capacity) {
        return Math.max(0, need - free) / (double) Math.max(1, capacity);
    }

    private void expirePromises(long now) {
        preemptedAt.values().removeIf(at -> now - at > HOLD_MILLIS);
        var late = new ArrayList<CommandId>();
        promised.values()
                .forEach(commands -> commands.forEach(command -> {
                    Candidate.Entry entry = ledger.entry(command.toString());
                    if (entry == null || (!entry.stored && now - entry.sinceMillis > PROMISE_MILLIS)) {
                        late.add(command);
                    }
                }));
        late.forEach(this::takeBack);
        promised.values().removeIf(List::isEmpty);
    }

    /** The write that a promise was for has been tried: if it came to nothing, the promise ends and the unit waits again. */
    synchronized void tried(String executionId) {
        List<CommandId> open = promised.remove(executionId);
        if (open != null) {
            open.forEach(command -> {
                Candidate.Entry entry = ledger.entry(command.toString());
                if (entry != null && !entry.stored) {
                    drop(entry);
                }
            });
        }
        placing.values().removeIf(unit -> {
            boolean its = unit.executionId().equals(executionId);
            if (its && open != null) {
                queue.add(unit);
            }
            return its;
        });
    }

    /** The same of one unit; other units of its execution may be about to be written. */
    synchronized void tried(Unit unit) {
        List<CommandId> open = promised.getOrDefault(unit.executionId(), new ArrayList<>(0));
        boolean waits = false;
        for (Wish wish : unit.wishes()) {
            if (open.remove(wish.command())) {
                waits = true;
                Candidate.Entry entry = ledger.entry(wish.command().toString());
                if (entry != null && !entry.stored) {
                    drop(entry);
                }
            }
        }
        if (placing.remove(unit.key(), unit) && waits) {
            queue.add(unit);
        }
    }

    /** There is no such execution. */
    synchronized void forget(String executionId) {
        queue.of(executionId).forEach(queue::remove);
        tried(executionId);
        queue.of(executionId).forEach(queue::remove);
    }

    // ---- what is stored

    /** A listener for Executions.onWritten. @return whether room was made or something new waits */
    synchronized boolean written(Execution before, Execution after) {
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
            if (is.status().isOpenAttempt()) {
                stored(after.id(), is, now);
            }
        }
        if (after.status().isFinal()) {
            madeNothing(after, now);
        }
        keepPromises(after);
        boolean waits = requeue(after, now);
        return waits || freed;
    }

    private boolean closed(CommandId command, Attempt attempt, long now) {
        long until = cooldowns.closed(attempt, now);
        Candidate node = ledger.find(attempt.nodeId());
        if (node != null) {
            node.cooldownUntil = until;
        }
        if (!alone) {
            released.accept(attempt.nodeId(), command.toString());
        }
        return attempt.outcome() == StepState.COMPLETED
                ? ledger.release(command.toString())
                : giveBack(command.toString());
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
        Candidate.Entry mine = ledger.entry(command.toString());
        if (mine != null && mine.granted && !alone && !mine.on.id.equals(step.nodeId())) {
            drop(mine); // another controller placed it elsewhere
        }
        take(command, spec, step.nodeId(), claim, pinned && !amounts ? 0 : 1, now).stored = true;
    }

    /** What is made is held from then on, though its owner will say so only when the whole execution has ended. */
    private void made(String executionId, Step step, long now) {
        Claim claim = step.current().claim();
        if (step.spec().holds() != null && claim != null) {
            String command = new CommandId(executionId, step.spec().index(), step.attempt()).toString();
            lasting.asked(step.spec().holds(), command, step.nodeId(), claim, now);
        }
    }

    /** What its steps prepared for something that was then not made. */
    private void madeNothing(Execution ended, long now) {
        boolean made = true;
        for (int i = ended.steps().size() - 1; i >= 0; i--) {
            Step step = ended.steps().get(i);
            if (step.spec().holds() != null) {
                made &= step.status() == StepState.COMPLETED;
                if (!made && step.attempt() > 0) {
                    lasting.failed(new CommandId(ended.id(), i, step.attempt()).toString(), now);
                }
            }
        }
    }

    private void keepPromises(Execution after) {
        List<CommandId> open = promised.remove(after.id());
        if (open == null) {
            return;
        }
        for (CommandId command : open) {
            Candidate.Entry entry = ledger.entry(command.toString());
            Step step = after.steps().get(command.stepIndex());
            boolean comes = step.status() == StepState.QUEUED && step.attempt() + 1 == command.attempt();
            if (entry != null && !entry.stored) {
                if (comes) {
                    promised.computeIfAbsent(after.id(), id -> new ArrayList<>(1))
                            .add(command);
                } else {
                    drop(entry);
                }
            }
        }
    }

    /** Makes the queue say of this execution what its record says. @return whether something of it waits */
    private boolean requeue(Execution after, long now) {
        List<Unit> before = queue.of(after.id());
        List<Unit> waits = waiting(after, now);
        for (Unit unit : before) {
            if (!waits.contains(unit)) {
                queue.remove(unit);
                if (unit.key().equals(starving)) {
                    keepFree(null, now);
                }
            }
        }
        placing.values().removeIf(unit -> unit.executionId().equals(after.id()) && !waits.contains(unit));
        for (Unit unit : waits) {
            if (!placing.containsKey(unit.key())) {
                queue.add(unit);
            }
        }
        return !waits.isEmpty();
    }

    private List<Unit> waiting(Execution execution, long now) {
        if (execution.status() != ExecutionState.RUNNING || execution.cancelAsked()) {
            return List.of();
        }
        List<Unit> units = new ArrayList<>(0);
        Map<String, List<Wish>> gangs = null;
        Set<String> incomplete = null;
        for (Step step : execution.steps()) {
            String gang = step.spec().gang();
            boolean first = gang != null && step.attempt() == 0;
            boolean waits = step.status() == StepState.QUEUED
                    && (step.notBefore() == null || step.notBefore().toEpochMilli() <= now);
            if (first) {
                gangs = gangs == null ? new LinkedHashMap<>() : gangs;
                incomplete = incomplete == null ? new HashSet<>() : incomplete;
                if (waits) {
                    gangs.computeIfAbsent(gang, name -> new ArrayList<>()).add(wish(execution, step));
                } else {
                    incomplete.add(gang);
                }
            } else if (waits) {
                units.add(Unit.of(wish(execution, step), millisPerPoint));
            }
        }
        if (gangs != null) {
            Set<String> lacking = incomplete;
            gangs.forEach((name, wishes) -> {
                if (!lacking.contains(name)) {
                    units.add(Unit.gang(wishes, millisPerPoint));
                }
            });
        }
        return units;
    }

    private static Wish wish(Execution execution, Step step) {
        StepSpec spec = step.spec();
        String pinned = spec.nodeId() == null && spec.sameNodeAs() != null
                ? execution.steps().get(spec.sameNodeAs()).nodeId()
                : spec.nodeId();
        return new Wish(execution.id(), spec, step.attempt() + 1, pinned, step.queuedAt());
    }

    /** An execution that another controller brought to its end: what this one last knew of it no longer counts. */
    synchronized boolean ended(Execution last) {
        boolean freed = false;
        for (Step step : last.steps()) {
            if (step.status().isOpenAttempt()) {
                freed |= giveBack(new CommandId(last.id(), step.spec().index(), step.attempt()).toString());
            }
        }
        tried(last.id());
        queue.of(last.id()).forEach(queue::remove);
        return freed;
    }

    /**
     * Takes these for all executions that run, as they are stored; at a start, and among several controllers again and
     * again. What was promised or written since {@code asOfMillis} stays.
     */
    synchronized void rebuild(List<Execution> running, long asOfMillis) {
        long now = clock.millis();
        var known = new HashSet<String>();
        for (Execution execution : running) {
            known.add(execution.id());
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
        for (Candidate.Entry entry : ledger.entries()) {
            boolean old = entry.stored && entry.sinceMillis < asOfMillis;
            if (old && entry.owner.command() != null && !known.contains(entry.id)) {
                giveBack(entry.id);
            }
        }
        queue.groups().stream()
                .flatMap(group -> List.copyOf(group.waiting).stream())
                .filter(unit -> !known.contains(unit.executionId()) && unit.queuedAt() < asOfMillis)
                .toList()
                .forEach(queue::remove);
    }

    @Override
    public synchronized void holds(String claimId, String nodeId, Claim claim, boolean underWay) {
        lasting.told(claimId, nodeId, claim, underWay, clock.millis()).forEach(node -> dropped.accept(node, claimId));
    }

    @Override
    public synchronized void holdsNothingElse(Set<String> claimIds, long asOfMillis) {
        lasting.keepOnly(claimIds, asOfMillis, clock.millis())
                .forEach((id, nodes) -> nodes.forEach(node -> dropped.accept(node, id)));
    }

    /** What outlives steps as it is known here, by node. */
    synchronized Map<String, List<NodeClaims.Held>> lasting() {
        var all = new HashMap<String, List<NodeClaims.Held>>();
        for (Candidate.Entry entry : ledger.entries()) {
            if (entry.owner.command() == null) {
                all.computeIfAbsent(entry.on.id, id -> new ArrayList<>())
                        .add(new NodeClaims.Held(
                                LastingClaims.idOf(entry.id), entry.claim, 0, entry.sinceMillis, null));
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
        Candidate candidate = ledger.find(nodeId);
        if (candidate != null) {
            candidate.uses(use);
            ledger.touched(candidate);
        }
    }

    /** Null when there is no such node. */
    public synchronized NodeAmounts amounts(String nodeId) {
        Candidate candidate = ledger.find(nodeId);
        if (candidate == null) {
            return null;
        }
        Cooldowns.Cooldown rest = cooldowns.of(nodeId, clock.millis());
        return candidate.amounts(rest);
    }

    synchronized boolean isIdle() {
        return queue.size() == 0;
    }
}
