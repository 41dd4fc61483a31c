package io.aiwm.controller.job;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.common.IsolatedForEach;
import io.aiwm.controller.execution.Attempt;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out {@code job.array} as a worker would: opens the tasks of an array as there is room, counts how they end, and
 * reports progress and outcome. Everything it knows it reads from the store, tasks are created by id, and every change is
 * one that repeating does not harm: after a restart the next look goes on, and several controllers may do it at once.
 */
public final class JobArrays {
    private static final Logger LOG = LoggerFactory.getLogger(JobArrays.class);
    /** Many tasks that end together cost one look at their array. */
    private static final long GATHER_MILLIS = 50;
    /** How many tasks one look opens, so that it does not hold its event loop for long; the next follows soon. */
    private static final int WINDOW = 50;

    static final List<String> OPEN = List.of(ExecutionState.PENDING.name(), ExecutionState.RUNNING.name());

    private final IsolatedForEach arrays = new IsolatedForEach(LOG, "array");
    private final Vertx vertx;
    private final Executions executions;
    private final ArrayTasks tasks;
    private final InstantSource clock;
    private final Set<String> woken = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean timer = new AtomicBoolean();
    private final Map<String, Boolean> looking = new ConcurrentHashMap<>();

    /** Make it before the first execution is written: it listens. */
    public JobArrays(Vertx vertx, Executions executions, InstantSource clock) {
        this.vertx = vertx;
        this.executions = executions;
        this.tasks = new ArrayTasks(executions);
        this.clock = clock;
        executions.onWritten(this::written);
        executions.onFinished(this::finished);
    }

    private void written(Execution before, Execution after) {
        if (!ArraySpec.is(after)) {
            return;
        }
        Step step = after.steps().get(0);
        boolean begins = step.status().isOpenAttempt()
                && (before == null || before.steps().get(0).attempt() < step.attempt());
        boolean stops = before != null
                && (before.cancelAsked() != after.cancelAsked()
                        || (after.status().isFinal() && !before.status().isFinal()));
        if (begins || stops) {
            wake(after.id());
        }
    }

    private void finished(Execution ended) {
        if (JobPlans.TASK.equals(ended.type()) && ended.parentExecutionId() != null) {
            wake(ended.parentExecutionId());
        }
    }

    private void wake(String arrayId) {
        woken.add(arrayId);
        if (timer.compareAndSet(false, true)) {
            vertx.setTimer(GATHER_MILLIS, due -> {
                timer.set(false);
                List.copyOf(woken).forEach(id -> {
                    woken.remove(id);
                    look(id).onFailure(cause -> LOG.warn("array {} is looked at again by the sweep", id, cause));
                });
            });
        }
    }

    /** A sweep: goes on with every open array, and ends tasks whose array has ended without them. */
    public Future<Void> run() {
        return executions.openOn(Placer.CONTROLLER).compose(open -> {
            Set<String> ids = new HashSet<>();
            open.stream().filter(ArraySpec::is).forEach(array -> ids.add(array.id()));
            tasks.forgetAllBut(ids);
            return executions
                    .countBy(
                            "parentExecutionId",
                            List.of(Condition.in("status", OPEN), Condition.eq("type", JobPlans.TASK)))
                    .compose(counted -> {
                        ids.addAll(counted.keySet());
                        return arrays.all(ids, id -> id, this::look).mapEmpty();
                    });
        });
    }

    /** One look at a time; who comes meanwhile causes another one after it. */
    private Future<Void> look(String arrayId) {
        if (looking.putIfAbsent(arrayId, false) != null) {
            looking.computeIfPresent(arrayId, (id, once) -> true);
            return Future.succeededFuture();
        }
        return Future.succeededFuture(arrayId).compose(this::lookNow).eventually(() -> {
            if (Boolean.TRUE.equals(looking.remove(arrayId))) {
                wake(arrayId);
            }
            return Future.succeededFuture();
        });
    }

    private Future<Void> lookNow(String arrayId) {
        return executions
                .get(arrayId)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(null)
                        : Future.failedFuture(cause))
                .compose(array -> {
                    if (array == null) {
                        return tasks.cancelOpen(arrayId, "array " + arrayId + " is deleted");
                    }
                    if (!ArraySpec.is(array)) {
                        return Future.succeededFuture();
                    }
                    if (!array.steps().get(0).status().isOpenAttempt()) {
                        return tasks.cancelOpen(arrayId, "array " + arrayId + " has ended: " + array.status());
                    }
                    ArraySpec spec = ArraySpec.of(array);
                    return tasks.toRunAgain(array)
                            .compose(old -> tasks.counts(arrayId, spec.count())
                                    .compose(counts -> act(
                                            array,
                                            spec,
                                            counts,
                                            old,
                                            ArrayMove.of(spec, counts, old.size(), array.cancelReason()))));
                });
    }

    private Future<Void> act(Execution array, ArraySpec spec, ArrayCounts counts, Queue<String> old, ArrayMove move) {
        if (move instanceof ArrayMove.End end) {
            tasks.forget(array.id());
            return end(array, counts, end);
        }
        Future<Void> told = report(array, counts);
        if (move instanceof ArrayMove.CancelOpen cancel) {
            return told.compose(done -> tasks.cancelOpen(array.id(), cancel.reason()));
        }
        if (move instanceof ArrayMove.Open open) {
            int room = Math.min(open.room(), WINDOW);
            return told.compose(done ->
                            old.isEmpty() ? tasks.make(array, spec, counts, room) : tasks.runAgain(array, old, room))
                    .onSuccess(opened -> wake(array.id()));
        }
        return told;
    }

    private static CommandId command(Execution array) {
        return new CommandId(array.id(), 0, array.steps().get(0).attempt());
    }

    private Future<Void> report(Execution array, ArrayCounts counts) {
        Step step = array.steps().get(0);
        int percent = counts.ended() * 99 / counts.total();
        String words = counts.inWords();
        boolean known =
                step.status() == StepState.RUNNING && step.progress() == percent && words.equals(step.message());
        return known
                ? Future.succeededFuture()
                : executions
                        .progressed(command(array), Placer.CONTROLLER, percent, words)
                        .mapEmpty();
    }

    private Future<Void> end(Execution array, ArrayCounts counts, ArrayMove.End end) {
        CommandId command = command(array);
        Attempt attempt = array.steps().get(0).current();
        var result = new CommandResult(
                null,
                command.toString(),
                end.outcome(),
                counts.shown(),
                end.error(),
                attempt.startedAt() == null ? attempt.assignedAt() : attempt.startedAt(),
                clock.instant());
        return executions
                .finished(command, Placer.CONTROLLER, result, Ids.uuid7())
                .mapEmpty();
    }
}
