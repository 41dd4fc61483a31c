package io.aiwm.controller.execution;

/** Where claims that outlive steps are kept. */
@FunctionalInterface
public interface ClaimHolder {

    /**
     * From now on this claim is that much of that node. Repeating it is harmless.
     *
     * @param nodeId null: it is nothing any more
     */
    void holds(String claimId, String nodeId, Claim claim);
}
