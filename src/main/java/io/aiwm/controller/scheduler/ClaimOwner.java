package io.aiwm.controller.scheduler;

import io.aiwm.protocol.CommandId;

/**
 * Who holds a claim.
 *
 * @param command the attempt; null: something that outlives steps (a deployment's replica)
 * @param preemptible whether work of higher priority may take its place
 */
record ClaimOwner(CommandId command, String executionId, int priority, boolean preemptible) {
    static final ClaimOwner LASTING = new ClaimOwner(null, null, 0, false);
}
