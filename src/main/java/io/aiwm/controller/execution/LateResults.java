package io.aiwm.controller.execution;

import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandResult;
import java.time.Instant;

/** Notes of results that came when their attempts had ended otherwise. They change nothing but the audit trail. */
final class LateResults {
    private static final String EVENT = "late-result";

    private LateResults() {}

    static Execution.Note note(CommandId command, String nodeId, CommandResult result, Instant now) {
        String detail = before(command) + "on " + nodeId + ": " + result.outcome();
        return new Execution.Note(now, "system", EVENT, command.stepIndex(), command.attempt(), detail);
    }

    /** Whether the note is of this command; one of an older AIWM names the attempt in its words alone. */
    static boolean isOf(Execution.Note note, CommandId command) {
        boolean sameStep =
                EVENT.equals(note.event()) && note.stepIndex() != null && note.stepIndex() == command.stepIndex();
        return sameStep
                && (note.attempt() == null
                        ? note.detail().startsWith(before(command))
                        : note.attempt() == command.attempt());
    }

    private static String before(CommandId command) {
        return "attempt " + command.attempt() + " ";
    }
}
