package io.aiwm.controller.job;

import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandResult.Outcome;
import io.aiwm.protocol.ErrorCategory;

/** What an array needs next. Pure: from the counts of its tasks alone, so any controller comes to the same. */
sealed interface ArrayMove {

    /** Room for so many more tasks. */
    record Open(int room) implements ArrayMove {}

    /** Tasks that are open are to end. */
    record CancelOpen(String reason) implements ArrayMove {}

    /** @param error null on success */
    record End(Outcome outcome, CommandError error) implements ArrayMove {}

    record Wait() implements ArrayMove {}

    /**
     * @param again tasks that ended badly in an earlier attempt of the array, and are to run again in this one
     * @param cancelReason not null: a cancel of the array was asked for
     */
    static ArrayMove of(ArraySpec spec, ArrayCounts counts, int again, String cancelReason) {
        int bad = counts.failed() + counts.cancelled() - again;
        boolean tooMany = bad > spec.tolerated();
        if (cancelReason != null || tooMany) {
            String why = cancelReason != null
                    ? cancelReason
                    : bad + " of " + spec.count() + " tasks failed or were cancelled, " + spec.tolerated() + " may";
            if (counts.open() > 0) {
                return new CancelOpen(cancelReason != null ? why : "the array failed: " + why);
            }
            return cancelReason != null
                    ? new End(Outcome.cancelled, new CommandError(ErrorCategory.CONFLICT, why, false))
                    : new End(Outcome.failure, new CommandError(ErrorCategory.EXIT, why, false));
        }
        boolean more = counts.made() < spec.count() || again > 0;
        if (!more && counts.open() == 0) {
            return new End(Outcome.success, null);
        }
        int room = spec.parallelism() - counts.open();
        return more && room > 0 ? new Open(room) : new Wait();
    }
}
