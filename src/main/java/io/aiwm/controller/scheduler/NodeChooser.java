package io.aiwm.controller.scheduler;

import io.aiwm.boot.Config;
import io.aiwm.controller.node.LabelSelector;
import java.util.Arrays;

/**
 * Chooses a node by {@link Placement}, and remembers between choices what spares looking: which nodes are eligible for a
 * kind of need, and which kinds had no room anywhere in the pass before. Used under the lock of {@link Scheduler}.
 */
final class NodeChooser {
    /** So often everything is looked at, even where nothing is known to have become free. */
    private static final long FULL_LOOK_MILLIS = 4_000;

    private final Config.Scheduler settings;
    private final Placement placement;
    private final Ledger ledger;
    private final ZoneLoad zones = new ZoneLoad();
    private int turn;
    private long passes;
    private long lastFullLook;
    private NodeInfo[] freed = new NodeInfo[0];

    NodeChooser(Config.Scheduler settings, Placement placement, Ledger ledger) {
        this.settings = settings;
        this.placement = placement;
        this.ledger = ledger;
    }

    void passBegins(long now) {
        freed = ledger.takeFreed();
        if (now - lastFullLook >= FULL_LOOK_MILLIS) {
            lastFullLook = now;
            passes++; // no group was blocked in the pass before: all are looked at anew
        }
    }

    /** Until something becomes free, no other of the same need has to be looked at. */
    void foundNothing(WaitQueue.Group group) {
        group.blockedIn = passes;
    }

    void passEnds() {
        passes++;
    }

    WaitQueue.Group eligible(WaitQueue.Group group) {
        if (group.epoch != ledger.epoch()) {
            group.eligible = placement.eligible(group.request, ledger.all());
            group.epoch = ledger.epoch();
            group.words = null;
            group.blockedIn = -1;
        }
        return group;
    }

    /** Null when none has room now. @param inPass whether groups that found nothing in the pass before stay blocked */
    NodeInfo choose(SchedulingUnit unit, WaitQueue.Group group, boolean inPass, long now) {
        ResourceRequest request = unit.request();
        if (request.queuesOnItsNode()) {
            return group.eligible[0];
        }
        boolean blocked = inPass && group.blockedIn == passes - 1;
        NodeInfo[] among = blocked ? stillEligible(request) : group.eligible;
        if (among.length == 0) {
            return null;
        }
        // what it holds already, of an earlier version of itself, it need not find a second time
        LedgerEntry held = request.claimId() == null ? null : ledger.entry(request.claimId());
        if (held != null) {
            ledger.release(held.id);
        }
        zones.decision(ledger);
        boolean packs = request.asksForAmounts() && settings.policy() == Config.Scheduler.Packing.BINPACK;
        int at = placement.best(request, unit.key(), among, now, packs && !blocked ? group.landed : turn++);
        NodeInfo node = at < 0 ? null : among[at];
        if (at >= 0) {
            group.landed = blocked ? group.landed : at;
        }
        if (held != null && node == null) {
            ledger.put(held.id, held.on.id, held.claim, held.slots, held.owner, held.sinceMillis).stored = true;
        }
        return node;
    }

    /** Whether every node that could take it has given a port it needs to something else. */
    static boolean waitsForPorts(WaitQueue.Group group) {
        if (!group.request.asksForPorts() || group.eligible.length == 0) {
            return false;
        }
        for (NodeInfo node : group.eligible) {
            if (!node.hasTaken(group.request)) {
                return false;
            }
        }
        return true;
    }

    /** Nothing else had room in the last pass, so only what became free since can have some now. */
    private NodeInfo[] stillEligible(ResourceRequest request) {
        LabelSelector labels = request.labels();
        int count = 0;
        var some = new NodeInfo[freed.length];
        for (NodeInfo node : freed) {
            if (placement.lasting(request, labels, node) == null) {
                some[count++] = node;
            }
        }
        return Arrays.copyOf(some, count);
    }

    /** What placing this unit's first step would give now; changes nothing. */
    Decision decide(SchedulingUnit unit, long now) {
        // as in a choice, what it holds already it need not find a second time
        LedgerEntry held = unit.request().claimId() == null
                ? null
                : ledger.placed(unit.request().claimId());
        boolean counts = held != null && held.on.entries.get(held.id) == held;
        if (!counts) {
            return decided(unit, now);
        }
        held.on.remove(held);
        try {
            return decided(unit, now);
        } finally {
            held.on.add(held);
        }
    }

    private Decision decided(SchedulingUnit unit, long now) {
        NodeInfo[] all = ledger.all();
        WaitQueue.Group group = new WaitQueue.Group(unit.request());
        group.eligible = placement.eligible(unit.request(), all);
        int at = placement.best(unit.request(), unit.key(), group.eligible, now, turn);
        return at >= 0
                ? Decision.on(group.eligible[at], placement.claim(unit.request(), group.eligible[at]))
                : new Decision(null, null, placement.excluded(unit.request(), unit.key(), all, now), all.length);
    }
}
