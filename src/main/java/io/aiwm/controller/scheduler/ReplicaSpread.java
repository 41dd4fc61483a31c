package io.aiwm.controller.scheduler;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * On which nodes the replicas of each deployment are, or are about to be, also those that ask for no amounts: a further one
 * goes where fewest are. Not safe for use by several threads: {@link Scheduler} guards it.
 */
final class ReplicaSpread {
    /** Stands for what its owner says it holds, among the attempts that make it. */
    private static final String STORED = "";

    /** By deployment and claim: its nodes, by the attempt that is to make it there. */
    private final Map<String, Map<String, Map<String, String>>> places = new HashMap<>();

    private final Map<String, String> claimOf = new HashMap<>();

    /** @param nodeId null: it is nowhere. @param underWay whether attempts for it may be open */
    void told(String claimId, String nodeId, boolean underWay) {
        Map<String, String> nodes = nodesOf(claimId);
        if (!underWay) {
            nodes.keySet().forEach(claimOf::remove);
            nodes.clear();
        }
        if (nodeId == null) {
            nodes.remove(STORED);
        } else {
            nodes.put(STORED, nodeId);
        }
        forgetEmpty(claimId);
    }

    void asked(String claimId, String attempt, String nodeId) {
        nodesOf(claimId).put(attempt, nodeId);
        claimOf.put(attempt, claimId);
    }

    void failed(String attempt) {
        String claimId = claimOf.remove(attempt);
        if (claimId != null) {
            nodesOf(claimId).remove(attempt);
            forgetEmpty(claimId);
        }
    }

    /** Drops claims that are not among these. */
    void keepOnly(Set<String> claimIds) {
        var gone = new HashSet<String>();
        places.values().forEach(claims -> gone.addAll(claims.keySet()));
        gone.removeAll(claimIds);
        gone.forEach(claimId -> told(claimId, null, false));
    }

    /** How many other replicas of the same deployment are on which node. */
    Map<String, Integer> others(String claimId) {
        Map<String, Map<String, String>> claims = claimId == null ? null : places.get(ownerOf(claimId));
        if (claims == null || (claims.size() == 1 && claims.containsKey(claimId))) {
            return Map.of();
        }
        var counts = new HashMap<String, Integer>();
        claims.forEach((id, nodes) -> {
            if (!id.equals(claimId)) {
                new HashSet<>(nodes.values()).forEach(node -> counts.merge(node, 1, Integer::sum));
            }
        });
        return counts;
    }

    /** Whether this node has as many of the same deployment as it may. */
    boolean isFull(ResourceRequest request, NodeInfo node) {
        Integer most = request.wish().maxPerNode();
        return most != null && others(request.claimId()).getOrDefault(node.id, 0) >= most;
    }

    /** Those of the same deployment, on which of these nodes and in which of their zones. */
    Siblings siblings(ResourceRequest request, NodeInfo[] among) {
        Map<String, Integer> nodes = others(request.claimId());
        if (nodes.isEmpty()) {
            return Siblings.NONE;
        }
        var zones = new HashMap<String, Integer>();
        for (NodeInfo node : among) {
            zones.merge(zoneOf(node), nodes.getOrDefault(node.id, 0), Integer::sum);
        }
        return new Siblings(
                nodes,
                zones,
                nodes.values().stream().mapToInt(Integer::intValue).sum());
    }

    private static String zoneOf(NodeInfo node) {
        return node.node.zone() == null ? "" : node.node.zone();
    }

    /** How many replicas of a deployment are where. */
    record Siblings(Map<String, Integer> nodes, Map<String, Integer> zones, int all) {
        static final Siblings NONE = new Siblings(Map.of(), Map.of(), 0);
        /** Above all that other terms of a score can weigh. */
        private static final double NODE = 1_000;

        private static final double ZONE = 100;

        /** What a node's score is less for those that are there: first by node, then by zone. */
        double penalty(NodeInfo node) {
            return all == 0
                    ? 0
                    : NODE * nodes.getOrDefault(node.id, 0) + ZONE * zones.getOrDefault(zoneOf(node), 0) / all;
        }
    }

    private Map<String, String> nodesOf(String claimId) {
        return places.computeIfAbsent(ownerOf(claimId), first -> new HashMap<>())
                .computeIfAbsent(claimId, first -> new HashMap<>());
    }

    private void forgetEmpty(String claimId) {
        Map<String, Map<String, String>> claims = places.get(ownerOf(claimId));
        if (claims.get(claimId).isEmpty()) {
            claims.remove(claimId);
        }
        if (claims.isEmpty()) {
            places.remove(ownerOf(claimId));
        }
    }

    private static String ownerOf(String claimId) {
        int end = claimId.lastIndexOf('/');
        return end < 0 ? claimId : claimId.substring(0, end);
    }
}
