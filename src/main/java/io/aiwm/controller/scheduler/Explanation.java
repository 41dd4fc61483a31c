package io.aiwm.controller.scheduler;

import io.aiwm.controller.execution.Claim;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;

/**
 * Why work waits, or where it would go, as the scheduler sees it at this moment.
 *
 * @param message the whole in one sentence
 * @param nodeId where it would go now; null: nowhere
 * @param claim what it would be promised there; null with nodeId
 * @param never no node of the fleet as it is can ever fit, however long one waits
 * @param reasons for each reason how many nodes it excludes, most first; each node is counted once
 * @param nodes how many nodes there are
 * @param position its place in the queue, from 1; null when it does not wait there
 * @param waiting how many wait in all
 * @param keptFree the node that is kept free for it; null: none
 */
@RecordBuilder
public record Explanation(
        String message,
        String nodeId,
        Claim claim,
        boolean never,
        List<Excluded> reasons,
        int nodes,
        Integer position,
        int waiting,
        String keptFree) {

    /** @param words the reason as a sentence. @param lasting whether waiting alone does not change it */
    public record Excluded(Reason reason, String words, int nodes, boolean lasting) {}
}
