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

    /** The id of the only file of this kind that a command can have. */
    public static String fileId(String commandId, FileKind kind) {
        return "file_" + Sha256.hex(commandId + "\n" + kind).substring(0, 26);
    }

    @Override
    public String toString() {
        return executionId + '.' + stepIndex + '.' + attempt;
    }
}
