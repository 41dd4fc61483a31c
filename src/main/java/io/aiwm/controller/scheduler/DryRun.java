package io.aiwm.controller.scheduler;

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
}
