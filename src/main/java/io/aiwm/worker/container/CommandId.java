package io.aiwm.worker.container;

/**
 * A command id taken apart: {@code <executionId>.<stepIndex>.<attempt>}. An id of another shape is an execution of its
 * own, with step 0 and attempt 1.
 */
record CommandId(String execution, int step, int attempt) {

    static CommandId of(String id) {
        int last = id.lastIndexOf('.');
        int middle = last < 1 ? -1 : id.lastIndexOf('.', last - 1);
        if (middle < 1) {
            return new CommandId(id, 0, 1);
        }
        try {
            return new CommandId(
                    id.substring(0, middle),
                    Integer.parseInt(id.substring(middle + 1, last)),
                    Integer.parseInt(id.substring(last + 1)));
        } catch (NumberFormatException cause) {
            return new CommandId(id, 0, 1);
        }
    }

    /** Whether this is an earlier attempt of the very same step. */
    boolean isEarlierAttemptOf(CommandId other) {
        return execution.equals(other.execution) && step == other.step && attempt < other.attempt;
    }
}
