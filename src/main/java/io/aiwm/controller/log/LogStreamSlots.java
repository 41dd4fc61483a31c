package io.aiwm.controller.log;

import io.aiwm.common.Failure;
import io.aiwm.protocol.LogsFollow;
import java.util.HashMap;
import java.util.Map;

/**
 * How many logs of each node each user reads at this controller. What one may read is less than what there is for all, so that
 * nobody can keep the others from a node's logs.
 */
final class LogStreamSlots {
    static final int OF_ONE_USER = LogsFollow.MOST_OF_ONE_NODE / 4;

    private static final long SOON_SECONDS = 5;

    /** Node id to user to how many; users and nodes that have none are left out. */
    private final Map<String, Map<String, Integer>> taken = new HashMap<>();

    /** One more. @return why there is none, and then nothing is counted; null: it is counted */
    synchronized Failure take(String user, String nodeId) {
        Failure full = full(user, nodeId);
        if (full == null) {
            taken.computeIfAbsent(nodeId, node -> new HashMap<>()).merge(user, 1, Integer::sum);
        }
        return full;
    }

    /** Why this user could take none now; null: they could. */
    synchronized Failure full(String user, String nodeId) {
        Map<String, Integer> ofNode = taken.getOrDefault(nodeId, Map.of());
        if (ofNode.getOrDefault(user, 0) >= OF_ONE_USER) {
            return Failure.limited(
                    "you read " + OF_ONE_USER + " logs of node " + nodeId + " already; close one first", SOON_SECONDS);
        }
        int all = ofNode.values().stream().mapToInt(Integer::intValue).sum();
        return all >= LogsFollow.MOST_OF_ONE_NODE
                ? new Failure(
                        Failure.Kind.UNAVAILABLE, all + " logs of node " + nodeId + " are being read; try again later")
                : null;
    }

    synchronized void giveBack(String user, String nodeId) {
        taken.computeIfPresent(nodeId, (node, ofNode) -> {
            ofNode.computeIfPresent(user, (name, count) -> count == 1 ? null : count - 1);
            return ofNode.isEmpty() ? null : ofNode;
        });
    }
}
