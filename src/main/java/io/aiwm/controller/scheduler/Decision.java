package io.aiwm.controller.scheduler;

import io.aiwm.controller.execution.Claim;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Where a step goes, or why nowhere.
 *
 * @param node null: nowhere now
 * @param excluded for each reason how many nodes it excluded, each node counted once
 * @param nodes how many there are
 */
record Decision(NodeInfo node, Claim claim, Map<Reason, Integer> excluded, int nodes) {

    static Decision on(NodeInfo node, Claim claim) {
        return new Decision(node, claim, Map.of(), 0);
    }

    /** Whether every node is excluded by something that waiting does not change. */
    boolean never() {
        return node == null && nodes > 0 && excluded.keySet().stream().allMatch(reason -> reason.lasting);
    }

    /** Most frequent first. */
    List<Explanation.Excluded> reasons() {
        return excluded.entrySet().stream()
                .filter(one -> one.getKey() != Reason.ANOTHER)
                .sorted(Map.Entry.<Reason, Integer>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(one -> new Explanation.Excluded(
                        one.getKey(), one.getKey().words, one.getValue(), one.getKey().lasting))
                .toList();
    }

    /** Why it waits. Where a node was found it does because others come before it. */
    String words(String pinnedTo) {
        if (node != null) {
            return "waits its turn";
        }
        if (nodes == 0) {
            return "waits for a node: there is none yet";
        }
        String reasons = reasons().stream()
                .map(one -> pinnedTo == null ? one.words() + " (" + one.nodes() + ")" : one.words())
                .collect(Collectors.joining(", "));
        if (pinnedTo != null) {
            return "waits for node " + pinnedTo + ", which " + reasons;
        }
        return (never() ? "no node can ever fit: " : "waits for a node: ") + reasons;
    }
}
