package io.aiwm.controller.scheduler;

import io.aiwm.controller.execution.Claim;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Claims that outlive steps: what a deployment says its container holds, and what the attempts of an action under way were
 * promised for the container they make. While the action is under way both count, because either may be what stays: on one
 * node the larger of each amount, on two nodes both. Not safe for use by several threads: {@link Scheduler} guards it.
 */
final class ReplicaClaims {
    /** Ends the id of what is held where the container was, while another is made elsewhere. */
    static final String LEAVING = "/leaving";

    private record Place(String nodeId, Claim claim) {}

    private static final class State {
        Place told;
        /** By attempt, in the order of steps; those that failed are taken out. */
        final Map<String, Place> asked = new LinkedHashMap<>();

        Place newest() {
            Place newest = null;
            for (Place place : asked.values()) {
                newest = place;
            }
            return newest;
        }
    }

    private final Ledger ledger;
    private final ReplicaSpread spread;
    private final Map<String, State> states = new HashMap<>();
    private final Map<String, String> claimOf = new HashMap<>();

    ReplicaClaims(Ledger ledger, ReplicaSpread spread) {
        this.ledger = ledger;
        this.spread = spread;
    }

    /**
     * What its owner holds as it is stored.
     *
     * @param nodeId null: nothing
     * @param underWay whether attempts for it may be open, so that what they were promised still counts
     * @return nodes on which it holds nothing any more, or less than before
     */
    List<String> told(String id, String nodeId, Claim claim, boolean underWay, long now) {
        spread.told(id, nodeId, underWay);
        State state = states.computeIfAbsent(id, fresh -> new State());
        state.told = nodeId == null || claim == null || claim.isNothing() ? null : new Place(nodeId, claim);
        if (!underWay) {
            state.asked.keySet().forEach(claimOf::remove);
            state.asked.clear();
        }
        return apply(id, state, now);
    }

    /** An attempt was promised this for what it makes. */
    void asked(String id, String attempt, String nodeId, Claim claim, long now) {
        spread.asked(id, attempt, nodeId);
        if (claim.isNothing()) {
            return;
        }
        State state = states.computeIfAbsent(id, fresh -> new State());
        state.asked.put(attempt, new Place(nodeId, claim));
        claimOf.put(attempt, id);
        apply(id, state, now);
    }

    /** An attempt ended without making anything, or its promise came to nothing. Repeating it is harmless. */
    List<String> failed(String attempt, long now) {
        spread.failed(attempt);
        String id = claimOf.remove(attempt);
        State state = id == null ? null : states.get(id);
        if (state == null) {
            return List.of();
        }
        state.asked.remove(attempt);
        return apply(id, state, now);
    }

    private List<String> apply(String id, State state, long now) {
        var before = new ArrayList<String>(2);
        nodeOf(id, before);
        nodeOf(id + LEAVING, before);
        Place newest = state.newest();
        Place main = newest == null ? state.told : newest;
        Place leaving = null;
        if (newest != null && state.told != null) {
            if (newest.nodeId.equals(state.told.nodeId)) {
                main = new Place(newest.nodeId, newest.claim.max(state.told.claim));
            } else {
                leaving = state.told;
            }
        }
        boolean less = main != null && isLess(ledger.entry(id), main);
        set(id, main, now);
        set(id + LEAVING, leaving, now);
        if (main == null) {
            states.remove(id);
        } else if (!less) {
            before.remove(main.nodeId);
        }
        if (leaving != null) {
            before.remove(leaving.nodeId);
        }
        return before;
    }

    private static boolean isLess(LedgerEntry was, Place is) {
        return was != null
                && was.on.id.equals(is.nodeId)
                && !was.claim.equals(is.claim)
                && was.claim.max(is.claim).equals(was.claim);
    }

    private void nodeOf(String entryId, List<String> nodes) {
        LedgerEntry entry = ledger.entry(entryId);
        if (entry != null && !nodes.contains(entry.on.id)) {
            nodes.add(entry.on.id);
        }
    }

    private void set(String entryId, Place place, long now) {
        if (place == null) {
            ledger.release(entryId);
        } else {
            ledger.put(entryId, place.nodeId, place.claim, 0, ClaimOwner.LASTING, now).stored = true;
        }
    }

    /**
     * Drops what owners hold that are no more: claims not younger than this whose ids are not among these. An owner is
     * stored before anything is claimed for it.
     */
    Map<String, List<String>> keepOnly(Set<String> ids, long asOfMillis, long now) {
        spread.keepOnly(ids);
        var gone = new HashMap<String, List<String>>();
        for (LedgerEntry entry : ledger.entries()) {
            boolean lasting = entry.owner.command() == null;
            String id = idOf(entry.id);
            if (lasting && entry.sinceMillis <= asOfMillis && !ids.contains(id)) {
                gone.computeIfAbsent(id, first -> told(id, null, null, false, now));
            }
        }
        return gone;
    }

    /** What the newest attempt was promised; null where none was. */
    Claim promised(String attempt) {
        String id = claimOf.get(attempt);
        State state = id == null ? null : states.get(id);
        Place place = state == null ? null : state.asked.get(attempt);
        return place == null ? null : place.claim;
    }

    /** Whose claim an entry of the ledger is. */
    static String idOf(String entryId) {
        return entryId.endsWith(LEAVING) ? entryId.substring(0, entryId.length() - LEAVING.length()) : entryId;
    }

    /** Whether it holds something there until what is made elsewhere is there. */
    boolean isOn(String id, String nodeId) {
        LedgerEntry leaving = ledger.entry(id + LEAVING);
        return leaving != null && leaving.on.id.equals(nodeId);
    }

    /** What outlives steps as it is known here, by node. */
    Map<String, List<NodeClaims.NodeClaim>> byNode() {
        var all = new HashMap<String, List<NodeClaims.NodeClaim>>();
        for (LedgerEntry entry : ledger.entries()) {
            if (entry.owner.command() == null) {
                all.computeIfAbsent(entry.on.id, id -> new ArrayList<>())
                        .add(new NodeClaims.NodeClaim(idOf(entry.id), entry.claim, 0, entry.sinceMillis, null));
            }
        }
        return all;
    }
}
