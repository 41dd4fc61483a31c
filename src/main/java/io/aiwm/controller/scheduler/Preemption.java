package io.aiwm.controller.scheduler;

import io.aiwm.protocol.CommandId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Whose place a more urgent unit may take. Used under the lock of {@link Scheduler}. */
final class Preemption {
    /** How long a node is kept free for whom it was cleared, before that is decided anew. */
    private static final long HOLD_MILLIS = 60_000;
    /** So many of one kind are looked at in a pass. */
    private static final int PREEMPTORS = 16;
    /** At most this many attempts lose their place for one unit. */
    private static final int MOST = 32;

    /** @param victims to be asked to end, least important first */
    record Plan(NodeInfo node, List<CommandId> victims) {}

    private final boolean enabled;
    private final Placement placement;
    private final Ledger ledger;
    private final Map<String, Long> preemptedAt = new HashMap<>();

    Preemption(boolean enabled, Placement placement, Ledger ledger) {
        this.enabled = enabled;
        this.placement = placement;
        this.ledger = ledger;
    }

    void passBegins(long now) {
        preemptedAt.values().removeIf(at -> now - at > HOLD_MILLIS);
    }

    /** For the first of a group that found no room. @param evictions what has to go is added */
    void look(WaitQueue.Group group, long now, List<Scheduler.Eviction> evictions) {
        if (!enabled) {
            return;
        }
        int looked = 0;
        for (SchedulingUnit unit : group.waiting) {
            if (looked++ >= PREEMPTORS) {
                return;
            }
            Long last = preemptedAt.get(unit.key());
            if (unit.isGang() || !ledger.canPreempt(unit.priority()) || (last != null && now - last < HOLD_MILLIS)) {
                continue;
            }
            Plan plan = plan(placement, unit, group.eligible, now);
            if (plan == null) {
                return; // the next of this kind asks for the same
            }
            String why = unit.executionId() + " with priority " + unit.priority() + " needs the room";
            plan.victims().forEach(victim -> evictions.add(new Scheduler.Eviction(victim, why)));
            preemptedAt.put(unit.key(), now);
            plan.node().reservedFor = unit.key();
            plan.node().reservedUntil = now + HOLD_MILLIS;
        }
    }

    /**
     * The node on which the least has to go: lowest priority of the most important victim, then fewest. Only attempts that
     * allow it and whose own priority (however long anything has waited) is lower. Null when that helps nowhere.
     */
    static Plan plan(Placement placement, SchedulingUnit unit, NodeInfo[] eligible, long now) {
        Plan best = null;
        int bestPriority = Integer.MAX_VALUE;
        for (NodeInfo node : eligible) {
            Reason reason = placement.passing(unit.request(), unit.key(), node, now);
            if (reason == null || !reason.isWantOfRoom()) {
                continue;
            }
            List<LedgerEntry> victims = victims(placement, unit, node, now);
            if (victims == null) {
                continue;
            }
            int worst = victims.get(victims.size() - 1).owner.priority();
            if (best == null
                    || worst < bestPriority
                    || (worst == bestPriority && victims.size() < best.victims.size())) {
                best = new Plan(
                        node,
                        victims.stream().map(entry -> entry.owner.command()).toList());
                bestPriority = worst;
            }
        }
        return best;
    }

    private static List<LedgerEntry> victims(Placement placement, SchedulingUnit unit, NodeInfo node, long now) {
        List<LedgerEntry> possible = node.entries.values().stream()
                .filter(entry -> entry.stored && entry.owner.preemptible() && entry.owner.priority() < unit.priority())
                .sorted(Comparator.<LedgerEntry>comparingInt(entry -> entry.owner.priority())
                        .thenComparing(Comparator.<LedgerEntry>comparingLong(entry -> entry.sinceMillis)
                                .reversed()))
                .limit(MOST)
                .toList();
        var taken = new ArrayList<LedgerEntry>();
        boolean fits = false;
        for (LedgerEntry entry : possible) {
            node.remove(entry);
            taken.add(entry);
            if (placement.passing(unit.request(), unit.key(), node, now) == null) {
                fits = true;
                break;
            }
        }
        // one that came early may turn out not to be needed
        List<LedgerEntry> needed = new ArrayList<>(taken);
        if (fits) {
            for (LedgerEntry entry : taken) {
                node.add(entry);
                if (placement.passing(unit.request(), unit.key(), node, now) == null) {
                    needed.remove(entry);
                } else {
                    node.remove(entry);
                }
            }
        }
        for (LedgerEntry entry : taken) {
            if (!node.entries.containsKey(entry.id)) {
                node.add(entry);
            }
        }
        return fits && !needed.isEmpty() ? needed : null;
    }
}
