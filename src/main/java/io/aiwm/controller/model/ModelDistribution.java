package io.aiwm.controller.model;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * From which other nodes a node fetches a model, so that many nodes cost the object store about one copy: the first fetches
 * from the store, each of the others from a node that has it or is about to have it, and no node gives to more than two at a
 * time where there is another. The nodes that fetch one digest form a tree, so that none waits for itself. In memory, for one
 * controller; forgotten, it costs copies from the store and nothing else. Thread-safe.
 */
public final class ModelDistribution {
    private static final int FAN_OUT = 2;
    private static final int MOST_PEERS = 2;
    private static final int MOST_DIGESTS = 10_000;
    /** A pull of which no end was heard counts no longer. */
    private static final Duration LIFE = Duration.ofHours(6);

    /** The nodes, as far as models go. */
    public interface Fleet {
        /** The nodes that have it, are up and serve it. */
        List<Server> holders(String digest);

        /** Null: the node serves nothing, or is not up. */
        Server server(String nodeId);

        /** Null where it has none. */
        String zone(String nodeId);
    }

    /** A node that serves models. @param zone may be null */
    public record Server(String nodeId, String zone, String url) {}

    /** Where to fetch from. @param has false: it is still fetching it itself */
    public record Peer(Server server, boolean has) {}

    private record Pulling(String parent, Instant since, List<String> peers) {}

    private final Fleet fleet;
    private final Map<String, Map<String, Pulling>> byDigest = new LinkedHashMap<>();

    public ModelDistribution(Fleet fleet) {
        this.fleet = fleet;
    }

    /** Returns the peers that the node tries before the store, best first. Asked again, the answer stays while they are up. */
    public synchronized List<Peer> peers(String digest, String nodeId, Instant now) {
        Map<String, Pulling> pulling = pulling(digest, now);
        List<Server> holders = fleet.holders(digest);
        Pulling before = pulling.get(nodeId);
        if (before != null) {
            return before.peers.stream()
                    .map(fleet::server)
                    .filter(Objects::nonNull)
                    .map(server -> new Peer(server, holders.contains(server)))
                    .toList();
        }
        List<Peer> chosen = candidates(pulling, holders, nodeId);
        String parent = chosen.isEmpty() ? null : chosen.get(0).server.nodeId;
        pulling.put(
                nodeId,
                new Pulling(
                        parent,
                        now,
                        chosen.stream().map(peer -> peer.server.nodeId).toList()));
        return chosen;
    }

    /** The pull of the node has ended, well or not. */
    public synchronized void ended(String digest, String nodeId) {
        var pulling = byDigest.get(digest);
        if (pulling != null) {
            pulling.remove(nodeId);
            if (pulling.isEmpty()) {
                byDigest.remove(digest);
            }
        }
    }

    private Map<String, Pulling> pulling(String digest, Instant now) {
        if (byDigest.size() >= MOST_DIGESTS && !byDigest.containsKey(digest)) {
            byDigest.remove(byDigest.keySet().iterator().next());
        }
        var pulling = byDigest.computeIfAbsent(digest, key -> new LinkedHashMap<>());
        pulling.values().removeIf(one -> one.since.plus(LIFE).isBefore(now));
        return pulling;
    }

    private List<Peer> candidates(Map<String, Pulling> pulling, List<Server> holders, String nodeId) {
        var all = new ArrayList<Peer>();
        for (Server holder : holders) {
            if (!holder.nodeId.equals(nodeId)) {
                all.add(new Peer(holder, true));
            }
        }
        for (String other : pulling.keySet()) {
            Server server = fleet.server(other);
            boolean has = all.stream().anyMatch(peer -> peer.server.nodeId.equals(other));
            if (server != null && !has && !waitsFor(pulling, other, nodeId)) {
                all.add(new Peer(server, false));
            }
        }
        String zone = fleet.zone(nodeId);
        // the sort is stable: of equals the one that began first, which makes a tree that fills from the top
        return all.stream()
                .sorted(Comparator.comparing((Peer peer) -> children(pulling, peer) >= FAN_OUT)
                        .thenComparing(peer -> !peer.has)
                        .thenComparing(peer -> zone == null || !zone.equals(peer.server.zone))
                        .thenComparing(peer -> peer.has ? children(pulling, peer) : 0))
                .limit(MOST_PEERS)
                .toList();
    }

    private static long children(Map<String, Pulling> pulling, Peer peer) {
        return pulling.values().stream()
                .filter(one -> peer.server.nodeId.equals(one.parent))
                .count();
    }

    /** Whether it may get the model from the node, over however many others and by whichever of its peers. */
    private static boolean waitsFor(Map<String, Pulling> pulling, String who, String nodeId) {
        var seen = new HashSet<String>();
        var open = new ArrayDeque<String>(List.of(who));
        while (!open.isEmpty()) {
            String at = open.pop();
            if (at.equals(nodeId)) {
                return true;
            }
            Pulling one = seen.add(at) ? pulling.get(at) : null;
            if (one != null) {
                open.addAll(one.peers);
            }
        }
        return false;
    }
}
