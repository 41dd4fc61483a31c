package io.aiwm.controller.evaluation;

import io.aiwm.common.Failure;
import io.aiwm.common.IsolatedForEach;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.LoggerFactory;

/** The ends of executions that somebody waits for, also of those that another controller carries out. */
final class TurnEnds {
    private final IsolatedForEach each = new IsolatedForEach(LoggerFactory.getLogger(TurnEnds.class), "turn");
    private final Executions executions;
    private final Map<String, Promise<Execution>> awaited = new ConcurrentHashMap<>();

    /** Make it before the first execution is written: it listens. */
    TurnEnds(Executions executions) {
        this.executions = executions;
        executions.onWritten((before, after) -> told(after));
    }

    private void told(Execution now) {
        if (now.status().isFinal()) {
            Promise<Execution> promise = awaited.remove(now.id());
            if (promise != null) {
                promise.tryComplete(now);
            }
        }
    }

    /** Succeeds when it has ended. */
    Future<Execution> of(String executionId) {
        Promise<Execution> promise = awaited.computeIfAbsent(executionId, id -> Promise.promise());
        return look(executionId).compose(looked -> promise.future());
    }

    /** A sweep: looks for ends that were not told here. */
    Future<Void> run() {
        return each.all(List.copyOf(awaited.keySet()), id -> id, this::look).mapEmpty();
    }

    private Future<Void> look(String executionId) {
        return executions
                .get(executionId)
                .<Void>map(now -> {
                    told(now);
                    return null;
                })
                // it is begun by a sweep
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture()
                        : Future.failedFuture(cause));
    }
}
