package io.aiwm.protocol;

import io.aiwm.common.Sha256;

/** {@code <executionId>.<stepIndex>.<attempt>}: names one attempt of one step, and is what a worker runs at most once. */
public record CommandId(String executionId, int stepIndex, int attempt) {

    /** Null when the text is not a command id. */
    public static CommandId parse(String text) {
        if (text == null) {
            return null;
        }
        int second = text.lastIndexOf('.');
        int first = second < 1 ? -1 : text.lastIndexOf('.', second - 1);
        if (first < 1) {
            return null;
        }
        try {
            return new CommandId(
                    text.substring(0, first),
                    Integer.parseInt(text, first + 1, second, 10),
                    Integer.parseInt(text, second + 1, text.length(), 10));
        } catch (NumberFormatException cause) {
            return null;
        }
    }

    /**
     * Reads an id that may have any shape. One that is not a command id counts as the first attempt of step 0 of an execution
     * with that id; {@link #toString} then returns another text.
     */
    public static CommandId parseAny(String text) {
        CommandId parsed = parse(text);
        return parsed == null ? new CommandId(text, 0, 1) : parsed;
    }

    /** Whether this is an earlier attempt of the same step. */
    public boolean isEarlierAttemptOf(CommandId other) {
        return executionId.equals(other.executionId) && stepIndex == other.stepIndex && attempt < other.attempt;
    }

    /** The id of the only file of this kind that a command can have. */
    public static String fileId(String commandId, FileKind kind) {
        return "file_" + Sha256.hex(commandId + "\n" + kind).substring(0, 26);
    }

    @Override
    public String toString() {
        return executionId + '.' + stepIndex + '.' + attempt;
    }
}
