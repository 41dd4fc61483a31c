package io.aiwm.controller.execution;

/** Chooses a node for a step. Answers at once, from a view that may be a moment old; the write that follows is the judge. */
@FunctionalInterface
public interface Placer {

    /** @param pinnedTo the only node it may run on, or null */
    Placement place(StepSpec step, String pinnedTo);

    /**
     * @param nodeId where, or null: not now, and reason says why in words
     * @param never no waiting can help (the node it names does not exist)
     */
    record Placement(String nodeId, String reason, boolean never) {
        public static Placement on(String nodeId) {
            return new Placement(nodeId, null, false);
        }

        public static Placement later(String reason) {
            return new Placement(null, reason, false);
        }

        public static Placement impossible(String reason) {
            return new Placement(null, reason, true);
        }
    }
}
