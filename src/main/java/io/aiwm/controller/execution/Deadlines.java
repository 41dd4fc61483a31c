package io.aiwm.controller.execution;

import io.aiwm.protocol.CommandNames;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;

/**
 * Until when an attempt may take. In an execution without a limit ({@link NewExecution#UNLIMITED}) a step may wait for its node
 * as long as that takes, and an attempt of a step that names no time has the usual one; what downloads has that since its
 * last progress. Pure.
 */
public final class Deadlines {
    /** Commands that may download something of any size: a model, an image. */
    private static final Set<String> DOWNLOADS = Set.of(
            CommandNames.MODEL_DOWNLOAD,
            CommandNames.MODEL_CACHE,
            CommandNames.DEPLOYMENT_CREATE,
            CommandNames.DEPLOYMENT_UPDATE);

    private final Duration usual;

    /** @param usual of an attempt that names none */
    Deadlines(Duration usual) {
        this.usual = usual;
    }

    /** Of an attempt that begins, or has made progress, now. */
    Instant of(Execution execution, StepSpec step, Instant now) {
        Instant whole = execution.deadline();
        if (step.timeoutMs() == null && !isUnlimited(execution)) {
            return whole;
        }
        Instant own = now.plusMillis(step.timeoutMs() == null ? usual.toMillis() : step.timeoutMs());
        return own.isBefore(whole) ? own : whole;
    }

    /**
     * Until when the worker may go on. Where the deadline follows the progress, the controller is the judge: it tells the
     * worker to stop when there was none for too long.
     */
    public static Instant ofCommand(Execution execution, Step step) {
        return followsProgress(execution, step.spec())
                ? execution.deadline()
                : step.current().deadline();
    }

    static boolean followsProgress(Execution execution, StepSpec step) {
        return step.timeoutMs() == null && isUnlimited(execution) && DOWNLOADS.contains(step.command());
    }

    private static boolean isUnlimited(Execution execution) {
        return execution.timeoutMs() >= NewExecution.UNLIMITED.toMillis();
    }
}
