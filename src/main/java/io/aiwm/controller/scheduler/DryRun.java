package io.aiwm.controller.scheduler;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;

/**
 * Where copies of a step would go if they were submitted now, and what is short for the rest. Nothing is promised.
 *
 * @param nodes how many copies on which node
 * @param unplaced how many would wait
 * @param shortOf why the first of those would wait; null when none would
 */
public record DryRun(List<OnNode> nodes, int unplaced, Explanation shortOf) {
    /** @param gpus of the first copy there */
    public record OnNode(String nodeId, int count, List<Integer> gpus) {}

    /**
     * Whether the fleet as it is can never run one of them, because no node can or because there is none. One that never
     * registered is no node yet: nobody knows what it has, or whether it will come.
     */
    @JsonIgnore
    public boolean isHopeless() {
        return shortOf != null
                && (shortOf.nodes() == 0
                        || shortOf.reasons().stream().allMatch(one -> one.lasting() || one.reason() == Reason.PENDING));
    }
}
