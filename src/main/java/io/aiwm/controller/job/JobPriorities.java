package io.aiwm.controller.job;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.vertx.core.Future;
import java.util.List;

/** Gives jobs that wait another priority. */
final class JobPriorities {
    private static final List<String> WAITING = List.of(StepState.PENDING.name(), StepState.QUEUED.name());

    private final Executions executions;

    JobPriorities(Executions executions) {
        this.executions = executions;
    }

    /**
     * Changes a job that waits; of an array, the tasks that wait and those that are not opened yet (one that is being opened at this
     * moment may have the old priority). Fails with CONFLICT when nothing of it waits.
     */
    Future<Execution> change(Execution job, int priority, String actor) {
        return one(job.id(), priority, actor)
                .compose(changed -> ArraySpec.is(changed)
                        ? tasks(changed.id(), priority, actor, null).map(changed)
                        : Future.succeededFuture(changed));
    }

    private Future<Execution> one(String id, int priority, String actor) {
        return executions.prioritise(id, spec -> ArraySpec.prioritised(spec, priority), "priority " + priority, actor);
    }

    private Future<Void> tasks(String arrayId, int priority, String actor, String cursor) {
        var waiting = List.of(Condition.eq("parentExecutionId", arrayId), Condition.in("phase", WAITING));
        return executions
                .find(new Query(waiting, List.of(new Query.Order("id", false)), Jobs.AT_ONCE, cursor))
                .compose(page -> Future.all(page.items().stream()
                                .map(task -> one(task.id(), priority, actor).recover(JobPriorities::isOver))
                                .toList())
                        .compose(done -> page.nextCursor() == null
                                ? Future.succeededFuture()
                                : tasks(arrayId, priority, actor, page.nextCursor())));
    }

    /** A task that meanwhile began, or was deleted with its array, needs none. */
    private static Future<Execution> isOver(Throwable cause) {
        Failure.Kind kind = Failure.of(cause).kind;
        return kind == Failure.Kind.CONFLICT || kind == Failure.Kind.NOT_FOUND
                ? Future.succeededFuture(null)
                : Future.failedFuture(cause);
    }
}
