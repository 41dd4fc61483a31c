package io.aiwm.controller.job;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.Attempt;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.RetrySelection;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;

/** Opens, opens again, counts and cancels the tasks of an array. Repeating any of it is harmless. */
final class ArrayTasks {
    private static final int PAGE = 200;
    private static final List<String> ENDED_BADLY =
            List.of(StepState.FAILED.name(), StepState.TIMEOUT.name(), StepState.CANCELLED.name());

    private final Executions executions;
    private final Map<String, Again> again = new ConcurrentHashMap<>();

    ArrayTasks(Executions executions) {
        this.executions = executions;
    }

    /** Forgets what was read for an array that has ended. */
    void forget(String arrayId) {
        again.remove(arrayId);
    }

    /** Forgets what was read for all arrays but these. */
    void forgetAllBut(Collection<String> arrayIds) {
        again.keySet().retainAll(arrayIds);
    }

    /** Tasks that ended badly before this attempt of their array began, as far as they have not been opened again. */
    private record Again(int attempt, Queue<String> taskIds) {}

    Future<ArrayCounts> counts(String arrayId, int total) {
        return executions
                .countBy("phase", List.of(Condition.eq("parentExecutionId", arrayId)))
                .map(phases -> ArrayCounts.of(total, phases));
    }

    /** The next tasks in order. When some are there already although fewer are counted, one before them is missing. */
    Future<Void> make(Execution array, ArraySpec spec, ArrayCounts counts, int room) {
        StepSpec each = spec.each();
        int first = counts.made();
        int after = Math.min(spec.count(), first + room);
        var made = new ArrayList<Future<?>>(after - first);
        for (int index = first; index < after; index++) {
            made.add(executions.create(spec.task(array, each, index), actor(array)));
        }
        return Future.join(made)
                .compose(all -> counts(array.id(), spec.count()))
                .compose(now -> now.made() < after ? fillGaps(array, spec, room) : Future.succeededFuture());
    }

    private Future<Void> fillGaps(Execution array, ArraySpec spec, int room) {
        var there = new HashSet<String>();
        return each(tasks(array.id()), task -> {
                    there.add(task.id());
                    return Future.succeededFuture();
                })
                .compose(read -> {
                    StepSpec each = spec.each();
                    var made = new ArrayList<Future<?>>();
                    for (int index = 0; index < spec.count() && made.size() < room; index++) {
                        if (!there.contains(ArraySpec.taskId(array.id(), index))) {
                            made.add(executions.create(spec.task(array, each, index), actor(array)));
                        }
                    }
                    return Future.join(made).mapEmpty();
                });
    }

    /** What an earlier attempt of the array left undone; read once for each attempt. */
    Future<Queue<String>> toRunAgain(Execution array) {
        Attempt attempt = array.steps().get(0).current();
        int number = array.steps().get(0).attempt();
        Again known = again.get(array.id());
        if (number == 1) {
            return Future.succeededFuture(new ArrayDeque<>());
        }
        if (known != null && known.attempt() == number) {
            return Future.succeededFuture(known.taskIds());
        }
        Queue<String> ids = new ConcurrentLinkedQueue<>();
        return each(tasks(array.id(), Condition.in("phase", ENDED_BADLY)), task -> {
                    if (endedBefore(task, attempt.assignedAt())) {
                        ids.add(task.id());
                    }
                    return Future.succeededFuture();
                })
                .map(read -> {
                    again.put(array.id(), new Again(number, ids));
                    return ids;
                });
    }

    private static boolean endedBefore(Execution task, Instant moment) {
        return task.status().isFinal()
                && task.status() != ExecutionState.COMPLETED
                && !task.finishedAt().isAfter(moment);
    }

    Future<Void> runAgain(Execution array, Queue<String> old, int room) {
        Instant since = array.steps().get(0).current().assignedAt();
        var opened = new ArrayList<Future<?>>(room);
        for (int i = 0; i < room && !old.isEmpty(); i++) {
            String id = old.poll();
            opened.add(executions
                    .get(id)
                    .compose(task -> endedBefore(task, since) // if not, another controller was faster
                            ? executions.retry(id, RetrySelection.UNFINISHED, actor(array))
                            : Future.succeededFuture(task))
                    .recover(cause -> {
                        boolean settled = Failure.of(cause).kind == Failure.Kind.CONFLICT;
                        if (!settled) {
                            old.add(id);
                        }
                        return settled ? Future.succeededFuture() : Future.failedFuture(cause);
                    }));
        }
        return Future.join(opened).mapEmpty();
    }

    Future<Void> cancelOpen(String arrayId, String reason) {
        return each(
                tasks(arrayId, Condition.in("status", JobArrays.OPEN)),
                task -> task.cancelAsked()
                        ? Future.succeededFuture()
                        : executions
                                .cancel(task.id(), reason, "array " + arrayId)
                                .recover(cause ->
                                        Failure.of(cause).kind == Failure.Kind.CONFLICT // it has ended by itself
                                                ? Future.succeededFuture()
                                                : Future.failedFuture(cause)));
    }

    private static Query tasks(String arrayId, Condition... more) {
        var where = new ArrayList<>(List.of(more));
        where.add(Condition.eq("parentExecutionId", arrayId));
        return new Query(where, List.of(), PAGE, null);
    }

    /** Fails when one does, after the others. */
    private Future<Void> each(Query query, Function<Execution, Future<?>> one) {
        return executions.find(query).compose(page -> {
            Future<Void> these =
                    Future.join(page.items().stream().map(one).toList()).mapEmpty();
            return page.nextCursor() == null
                    ? these
                    : these.transform(
                            ended -> each(query.after(page.nextCursor()), one).compose(others -> these));
        });
    }

    private static String actor(Execution array) {
        return "array " + array.id();
    }
}
