package io.aiwm.controller.execution;

import io.aiwm.boot.Config;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.json.JsonObject;
import java.time.Instant;

/** Decides whether a step whose attempt has ended runs again, and when. Pure. */
final class Retries {
    /** A step whose node is lost gets this many further attempts even when it asked for no retries. */
    static final int LOST_RETRIES = 3;

    /** So often a step is tried again without using up a retry because its node did not take the command. */
    static final int FREE_REFUSALS = 10;

    private final Config.Executions limits;

    Retries(Config.Executions limits) {
        this.limits = limits;
    }

    /** Ends an attempt that was taken from its node, and queues the step again without using up a retry. */
    static Step evicted(Step step, Instant began, Instant now, String byMessage) {
        Eviction eviction = step.current().eviction();
        var error = CommandError.of(eviction.kind(), eviction.why());
        return step.requeued(StepState.CANCELLED, error, began, now, null, byMessage);
    }

    /** Whether a step may run again after the loss of its node. */
    static boolean mayBeLostAgain(Step step) {
        return retriesUsed(step) < Math.max(LOST_RETRIES, step.spec().maxRetries());
    }

    /** Ends the open attempt: queued again after a backoff while retries remain and another try can help. */
    Step failed(
            Execution execution,
            Step step,
            StepState how,
            CommandError error,
            JsonObject output,
            Instant began,
            Instant now,
            String byMessage) {
        int used = retriesUsed(step);
        int refused = refusals(step);
        boolean free = error.category() == ErrorCategory.REFUSED && refused < FREE_REFUSALS;
        boolean mayGoOn = !execution.cancelAsked() && execution.overAt().isAfter(now);
        if (mayGoOn && (free || (error.retryable() && used < step.spec().maxRetries()))) {
            long wait = limits.retryBackoff().toMillis() << Math.min(used + refused, 20);
            Instant next =
                    now.plusMillis(Math.min(wait, limits.retryBackoffMax().toMillis()));
            return step.requeued(how, error, began, now, next, byMessage);
        }
        return step.ended(how, error, output, began, now, byMessage);
    }

    private static int retriesUsed(Step step) {
        long free = step.attempts().stream()
                .skip(step.priorAttempts())
                .filter(attempt -> !attempt.open() && attempt.error() != null)
                .filter(attempt -> attempt.error().category().isEviction()
                        || attempt.error().elsewhere())
                .count();
        return step.attempt() - step.priorAttempts() - 1 - (int) free - Math.min(refusals(step), FREE_REFUSALS);
    }

    /** How many attempts of it, since the last explicit retry, nodes did not take. */
    private static int refusals(Step step) {
        return (int) step.attempts().stream()
                .skip(step.priorAttempts())
                .filter(attempt -> attempt.error() != null && attempt.error().category() == ErrorCategory.REFUSED)
                .count();
    }
}
