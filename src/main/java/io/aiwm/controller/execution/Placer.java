package io.aiwm.controller.execution;

import io.aiwm.protocol.CommandId;
import java.time.Instant;
import java.util.List;

/**
 * Chooses a node for a step and keeps what it needs there free until the write that names the node is stored. Answers at
 * once; asked again for the same attempt it gives the same answer.
 */
@FunctionalInterface
public interface Placer {
    /** Where steps go that the controller itself carries out; never the id of a node. */
    String CONTROLLER = "controller";

    PlacementResult place(PlacementRequest wish);

    /**
     * What was placed within the write of a new execution was not written, because there is one of that id already. Called
     * before anything else is written of it. What is being placed of the one there is has other writes.
     */
    default void notWritten(String executionId) {}

    /**
     * @param attempt the number that the attempt to be opened will have
     * @param pinnedTo the only node it may run on, or null
     * @param avoided nodes on which it has failed by what is the node's own ({@link RetryElsewhere})
     */
    record PlacementRequest(
            String executionId, StepSpec step, int attempt, String pinnedTo, Instant queuedAt, List<String> avoided) {
        public PlacementRequest(String executionId, StepSpec step, int attempt, String pinnedTo, Instant queuedAt) {
            this(executionId, step, attempt, pinnedTo, queuedAt, List.of());
        }

        public CommandId command() {
            return new CommandId(executionId, step.index(), attempt);
        }
    }

    /**
     * @param nodeId where, or null: not now, and reason says why in words
     * @param claim what the attempt is promised there; null: nothing but a slot
     * @param since when it was promised, which is when the attempt begins to hold it; null: now
     * @param never no waiting can help (the node it names does not exist)
     */
    record PlacementResult(String nodeId, Claim claim, Instant since, String reason, boolean never) {
        public static PlacementResult on(String nodeId) {
            return new PlacementResult(nodeId, null, null, null, false);
        }

        public static PlacementResult on(String nodeId, Claim claim, Instant since) {
            return new PlacementResult(nodeId, claim.isNothing() ? null : claim, since, null, false);
        }

        public static PlacementResult later(String reason) {
            return new PlacementResult(null, null, null, reason, false);
        }

        public static PlacementResult impossible(String reason) {
            return new PlacementResult(null, null, null, reason, true);
        }
    }
}
