package io.aiwm.controller.api;

import io.aiwm.controller.execution.CompletionWaiters;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.http.Request;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Supplier;

/** Answers that wait for the end of an execution ({@code Prefer: wait=N}). */
final class CompletionWait {
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

    private final Executions executions;
    private final CompletionWaiters waiters;

    CompletionWait(Executions executions, CompletionWaiters waiters) {
        this.executions = executions;
        this.waiters = waiters;
    }

    /** How long this caller wants to wait; zero when it does not, 5 minutes at most. */
    static Duration wait(Request request) {
        Duration wanted = request.preferWait();
        return wanted.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wanted;
    }

    /** The execution that is made now, when it has ended, or as it is when that takes longer. */
    Future<Execution> made(String id, Duration wait, Supplier<Future<Execution>> make) {
        if (wait.isZero()) {
            return make.get();
        }
        Future<Execution> ended = waiters.ended(id, wait);
        return make.get().compose(made -> ended.compose(done -> read(done, made)));
    }

    /** The execution when it has ended, or as it is when that takes longer. */
    Future<Execution> whenEnded(String id, Duration wait) {
        if (wait.isZero()) {
            return executions.get(id);
        }
        Future<Execution> ended = waiters.ended(id, wait);
        return executions
                .get(id)
                .compose(one ->
                        one.status().isFinal() ? Future.succeededFuture(one) : ended.compose(done -> read(done, one)));
    }

    private Future<Execution> read(Execution ended, Execution before) {
        return ended == null ? executions.get(before.id()) : Future.succeededFuture(ended);
    }
}
