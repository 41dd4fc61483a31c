package io.aiwm.controller.scheduler;

import io.aiwm.boot.Config;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.Priority;
import io.aiwm.controller.node.Node;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What every node has and to whom it is promised: deployments, jobs and steps alike. A claim is taken at most once and
 * given back exactly once, however often the call is repeated, because both go by its id (invariant I6). Not safe for use by
 * several threads: {@link Scheduler} guards it.
 */
final class Ledger {
    private final Config.Scheduler settings;
    private final Map<String, NodeInfo> nodes = new TreeMap<>();
    private final Map<String, LedgerEntry> entries = new HashMap<>();
    /** Claims on nodes that are not known (yet): kept, so that they count when the node comes. */
    private final Map<String, LedgerEntry> homeless = new HashMap<>();

    private NodeInfo[] all = new NodeInfo[0];
    private long epoch;
    /** Nodes on which something became free since the last look. */
    private final Set<NodeInfo> freed = new LinkedHashSet<>();

    private final int[] preemptible = new int[Priority.MOST + 1];

    Ledger(Config.Scheduler settings) {
        this.settings = settings;
    }

    /** Takes in a node that came or changed. @return whether anything that placement looks at has changed */
    boolean put(Node node) {
        NodeInfo known = nodes.get(node.id());
        if (known == null) {
            var fresh = new NodeInfo(node, settings.reservedCpu(), settings.reservedMemory());
            nodes.put(node.id(), fresh);
            homeless.values().removeIf(entry -> {
                boolean here = entry.on.id.equals(node.id());
                if (here) {
                    take(rebased(entry, fresh));
                }
                return here;
            });
            changed();
            return true;
        }
        Node before = known.node;
        boolean same = sameForPlacement(before, node);
        if (same) {
            known.holds(node);
            known.node = node;
            return false;
        }
        known.is(node, settings.reservedCpu(), settings.reservedMemory());
        recount(known);
        changed();
        return true;
    }

    private static LedgerEntry rebased(LedgerEntry entry, NodeInfo on) {
        var moved = new LedgerEntry(entry.id, on, entry.claim, entry.slots, entry.owner, entry.sinceMillis);
        moved.promise = entry.promise;
        moved.granted = entry.granted;
        moved.answered = entry.answered;
        moved.withinWrite = entry.withinWrite;
        moved.stored = entry.stored;
        return moved;
    }

    /** Amounts may be counted against GPUs that are described anew. */
    private static void recount(NodeInfo node) {
        var held = List.copyOf(node.entries.values());
        node.clearClaims();
        held.forEach(node::add);
    }

    private static boolean sameForPlacement(Node one, Node other) {
        return one.status().isUp() == other.status().isUp()
                && (one.status().isUp() || one.status() == other.status())
                && one.schedulable() == other.schedulable()
                && one.draining() == other.draining()
                && one.gpusOutOfService().equals(other.gpusOutOfService())
                && java.util.Objects.equals(one.zone(), other.zone())
                && java.util.Objects.equals(one.role(), other.role())
                && one.labels().equals(other.labels())
                && one.capabilities().equals(other.capabilities())
                && one.runtimes().equals(other.runtimes())
                && java.util.Objects.equals(one.maxParallel(), other.maxParallel())
                && java.util.Objects.equals(one.system(), other.system());
    }

    void remove(String nodeId) {
        NodeInfo gone = nodes.remove(nodeId);
        if (gone != null) {
            gone.entries.values().forEach(entry -> {
                entries.remove(entry.id);
                count(entry, -1);
                homeless.put(entry.id, entry);
            });
            changed();
        }
    }

    private void changed() {
        all = nodes.values().toArray(NodeInfo[]::new);
        epoch++;
    }

    /** Grows whenever a node came, went or changed in what placement looks at. */
    long epoch() {
        return epoch;
    }

    /** In the order of ids; not to be changed. */
    NodeInfo[] all() {
        return all;
    }

    NodeInfo find(String nodeId) {
        return nodes.get(nodeId);
    }

    LedgerEntry entry(String claimId) {
        LedgerEntry known = entries.get(claimId);
        return known == null ? homeless.get(claimId) : known;
    }

    /** The same of a node that is known; null otherwise. */
    LedgerEntry placed(String claimId) {
        return entries.get(claimId);
    }

    Collection<LedgerEntry> entries() {
        return List.copyOf(entries.values());
    }

    /**
     * Takes the claim without a check: the caller has checked, or repeats what is stored. The same id on the same node with
     * the same amounts changes nothing; with other amounts it replaces them; on another node it moves.
     */
    LedgerEntry put(String claimId, String nodeId, Claim claim, int slots, ClaimOwner owner, long now) {
        LedgerEntry known = entry(claimId);
        if (known != null) {
            if (known.on.id.equals(nodeId) && known.claim.equals(claim) && known.slots == slots) {
                return known;
            }
            release(claimId);
        }
        NodeInfo on = nodes.get(nodeId);
        if (on == null) {
            var stranger = new LedgerEntry(claimId, new NodeInfo(nodeId), claim, slots, owner, now);
            homeless.put(claimId, stranger);
            return stranger;
        }
        return take(new LedgerEntry(claimId, on, claim, slots, owner, now));
    }

    private LedgerEntry take(LedgerEntry entry) {
        entries.put(entry.id, entry);
        entry.on.add(entry);
        count(entry, 1);
        return entry;
    }

    /** @return whether there was such a claim */
    boolean release(String claimId) {
        LedgerEntry known = entries.remove(claimId);
        if (known != null) {
            known.on.remove(known);
            count(known, -1);
            freed.add(known.on);
            return true;
        }
        return homeless.remove(claimId) != null;
    }

    private void count(LedgerEntry entry, int sign) {
        if (entry.owner.preemptible()) {
            preemptible[entry.owner.priority()] += sign;
        }
    }

    /** Whether anything runs that would make room for work of this priority. */
    boolean canPreempt(int priority) {
        for (int lower = 0; lower < priority; lower++) {
            if (preemptible[lower] > 0) {
                return true;
            }
        }
        return false;
    }

    boolean hasFreeSlot() {
        for (NodeInfo node : all) {
            if (node.slotsFree() > 0) {
                return true;
            }
        }
        return false;
    }

    /** More of it may be free than before. */
    void touched(NodeInfo node) {
        freed.add(node);
    }

    /** Nodes on which something became free since this was asked last. */
    NodeInfo[] takeFreed() {
        NodeInfo[] some = freed.toArray(NodeInfo[]::new);
        freed.clear();
        return some;
    }

    List<LedgerEntry> on(String nodeId) {
        NodeInfo node = nodes.get(nodeId);
        return node == null ? List.of() : new ArrayList<>(node.entries.values());
    }
}
