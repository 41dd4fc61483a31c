package io.aiwm.controller.execution;

import java.util.Set;

/** Where claims that outlive steps are kept. */
@FunctionalInterface
public interface ClaimHolder {

    /**
     * From now on this claim is that much of that node. Repeating it is harmless.
     *
     * @param nodeId null: it is nothing any more
     * @param underWay whether something is being done to it, so that what the steps of that were promised counts as well;
     *     false: nothing else counts any more
     */
    void holds(String claimId, String nodeId, Claim claim, boolean underWay);

    /** All that claims are held for, as of a time: what was held before it for anything else is nothing any more. */
    default void holdsNothingElse(Set<String> claimIds, long asOfMillis) {}
}
