package io.aiwm.controller.node;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far the clocks of nodes are from this controller's, by the times that their heartbeats carry. No decision depends on
 * it: it is told to people, because times that they read do not agree. Safe to use from any thread.
 */
public final class NodeClocks {
    /** People are warned of more. */
    static final Duration TOLERATED = Duration.ofSeconds(5);
    /** A heartbeat that was under way for long looks like a clock that is behind; the quickest of so many counts. */
    private static final int COMPARED = 5;

    private static final Logger LOG = LoggerFactory.getLogger(NodeClocks.class);

    private final Map<String, Heard> nodes = new ConcurrentHashMap<>();
    private final InstantSource wall;

    private static final class Heard {
        private final ArrayDeque<Long> aheadMillis = new ArrayDeque<>();
        private boolean off;
    }

    /** @param wall this machine's time of day */
    public NodeClocks(InstantSource wall) {
        this.wall = wall;
    }

    /** @param sentAt by the node's clock */
    void heard(String nodeId, Instant sentAt) {
        long ahead = Duration.between(wall.instant(), sentAt).toMillis();
        Heard heard = nodes.computeIfAbsent(nodeId, id -> new Heard());
        synchronized (heard) {
            heard.aheadMillis.addLast(ahead);
            if (heard.aheadMillis.size() > COMPARED) {
                heard.aheadMillis.removeFirst();
            }
            boolean off = warning(skew(heard)) != null;
            if (off != heard.off) {
                heard.off = off;
                if (off) {
                    LOG.warn("node {}: {}", nodeId, warning(skew(heard)));
                } else {
                    LOG.info("node {}: its clock agrees with this controller's again", nodeId);
                }
            }
        }
    }

    void forget(String nodeId) {
        nodes.remove(nodeId);
    }

    private static long skew(Heard heard) {
        return heard.aheadMillis.stream().mapToLong(Long::longValue).max().orElse(0);
    }

    /** By how much the node's clock is ahead of this controller's, below 0 when it is behind; null: not heard here. */
    public Long aheadMillis(String nodeId) {
        Heard heard = nodes.get(nodeId);
        if (heard == null) {
            return null;
        }
        synchronized (heard) {
            return skew(heard);
        }
    }

    /** What to tell people of such a difference; null: nothing. */
    public static String warning(Long aheadMillis) {
        if (aheadMillis == null || Math.abs(aheadMillis) <= TOLERATED.toMillis()) {
            return null;
        }
        return "its clock is " + Math.abs(aheadMillis) / 1_000 + " s " + (aheadMillis > 0 ? "ahead of" : "behind")
                + " this controller's; set the clocks by NTP";
    }

    /** Nodes of which {@link #warning} has something to tell, each with its difference in milliseconds. */
    public Map<String, Long> off() {
        var off = new TreeMap<String, Long>();
        nodes.keySet().forEach(id -> {
            Long ahead = aheadMillis(id);
            if (warning(ahead) != null) {
                off.put(id, ahead);
            }
        });
        return off;
    }
}
