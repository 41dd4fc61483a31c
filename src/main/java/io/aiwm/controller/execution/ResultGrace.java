package io.aiwm.controller.execution;

import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.JobCommand;
import java.time.Duration;

/**
 * How long the result of an attempt that is told to end is waited for: by its deadline, by a cancel or by an eviction. A
 * job's program may take its grace to end, and what it left is collected and sent after that.
 */
public final class ResultGrace {
    /** For the log and the outputs of a program that was told to end. */
    static final Duration COLLECTING = Duration.ofSeconds(60);

    private ResultGrace() {}

    /** Zero for a command that has nothing to end. */
    public static Duration of(StepSpec step) {
        if (!step.command().equals(CommandNames.JOB_RUN)) {
            return Duration.ZERO;
        }
        // a job.run of an execution that a user wrote may say anything here; its worker refuses it
        long grace = step.data().getValue("graceMs") instanceof Number said ? said.longValue() : JobCommand.GRACE_MS;
        return Duration.ofMillis(Math.min(Math.max(0, grace), JobCommand.MOST_GRACE_MS))
                .plus(COLLECTING);
    }
}
