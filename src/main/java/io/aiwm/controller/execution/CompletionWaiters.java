package io.aiwm.controller.execution;

import io.aiwm.protocol.Address;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Callers that wait for the end of an execution ({@code Prefer: wait=N}), whichever controller brings it about. */
public final class CompletionWaiters {
    /** Controller to all controllers: this execution has ended. A lost one costs the waiter its time limit, and a node a slot until the next count. */
    private record Finished(String executionId) {
        static final Address<Finished, Void> ADDRESS =
                new Address<>("aiwm.execution.finished", Finished.class, Void.class);
    }

    private record Waiter(Promise<Execution> promise, long untilMillis) {}

    private final Map<String, List<Waiter>> waiting = new ConcurrentHashMap<>();
    private final InstantSource clock;

    /** @param alone whether no other controller can end an execution */
    public CompletionWaiters(Vertx vertx, Executions executions, InstantSource clock, boolean alone) {
        this.clock = clock;
        if (alone) {
            executions.onFinished(ended -> wake(ended.id(), ended));
        } else {
            executions.onFinished(ended -> Finished.ADDRESS.publish(vertx, new Finished(ended.id())));
            Finished.ADDRESS.listen(vertx, hint -> {
                executions.ended(hint.executionId());
                wake(hint.executionId(), null);
            });
        }
    }

    /**
     * Succeeds when the execution has ended, with its final record, or with null: the time has passed, or another
     * controller ended it, and the caller reads it. Register before creating or starting the execution, so that its end
     * cannot be missed.
     */
    public Future<Execution> ended(String executionId, Duration atMost) {
        var waiter = new Waiter(Promise.promise(), clock.millis() + atMost.toMillis());
        waiting.compute(executionId, (id, others) -> {
            var all = others == null ? new ArrayList<Waiter>(1) : others;
            all.add(waiter);
            return all;
        });
        return waiter.promise.future();
    }

    /** Lets go of those whose time has passed; called once a second. */
    public Future<Void> run() {
        long now = clock.millis();
        for (String id : List.copyOf(waiting.keySet())) {
            var late = new ArrayList<Waiter>(0);
            waiting.computeIfPresent(id, (same, waiters) -> {
                waiters.stream().filter(waiter -> waiter.untilMillis <= now).forEach(late::add);
                waiters.removeAll(late);
                return waiters.isEmpty() ? null : waiters;
            });
            late.forEach(waiter -> waiter.promise.tryComplete());
        }
        return Future.succeededFuture();
    }

    private void wake(String executionId, Execution ended) {
        List<Waiter> waiters = waiting.remove(executionId);
        if (waiters != null) {
            waiters.forEach(waiter -> waiter.promise.tryComplete(ended));
        }
    }
}
