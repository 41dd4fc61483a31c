package io.aiwm.controller.job;

import io.aiwm.common.EachAlone;
import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.execution.Attempt;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
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

    private static final int PAGE = 200;
    private static final List<String> ENDED_BADLY =
            List.of(StepState.FAILED.name(), StepState.TIMEOUT.name(), StepState.CANCELLED.name());
    private static final List<String> OPEN = List.of(ExecutionState.PENDING.name(), ExecutionState.RUNNING.name());

    private final EachAlone arrays = new EachAlone(LOG, "array");
    private final Vertx vertx;
    private final Executions executions;
    private final InstantSource clock;
    private final Set<String> woken = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean timer = new AtomicBoolean();
    private final Map<String, Boolean> looking = new ConcurrentHashMap<>();
    private final Map<String, Again> again = new ConcurrentHashMap<>();

    /** Tasks that ended badly before this attempt of their array began, as far as they have not been opened again. */
    private record Again(int attempt, Queue<String> taskIds) {}

    /** Make it before the first execution is written: it listens. */
    public JobArrays(Vertx vertx, Executions executions, InstantSource clock) {
        this.vertx = vertx;
        this.executions = executions;
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
            again.keySet().retainAll(ids);
            return executions
                    .countBy(
                            "parentExecutionId",
                            List.of(Condition.in("status", OPEN), Condition.eq("type", JobPlans.TASK)))
                    .compose(tasks -> {
                        ids.addAll(tasks.keySet());
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
                        return cancelOpen(arrayId, "array " + arrayId + " is deleted");
                    }
                    if (!ArraySpec.is(array)) {
                        return Future.succeededFuture();
                    }
                    if (!array.steps().get(0).status().isOpenAttempt()) {
                        return cancelOpen(arrayId, "array " + arrayId + " has ended: " + array.status());
                    }
                    ArraySpec spec = ArraySpec.of(array);
                    return toRunAgain(array)
                            .compose(old -> counts(arrayId, spec.count())
                                    .compose(counts -> act(
                                            array,
                                            spec,
                                            counts,
                                            old,
                                            ArrayMove.of(spec, counts, old.size(), array.cancelReason()))));
                });
    }

    Future<ArrayCounts> counts(String arrayId, int total) {
        return executions
                .countBy("phase", List.of(Condition.eq("parentExecutionId", arrayId)))
                .map(phases -> ArrayCounts.of(total, phases));
    }

    private Future<Void> act(Execution array, ArraySpec spec, ArrayCounts counts, Queue<String> old, ArrayMove move) {
        if (move instanceof ArrayMove.End end) {
            again.remove(array.id());
            return end(array, counts, end);
        }
        Future<Void> told = report(array, counts);
        if (move instanceof ArrayMove.CancelOpen cancel) {
            return told.compose(done -> cancelOpen(array.id(), cancel.reason()));
        }
        if (move instanceof ArrayMove.Open open) {
            int room = Math.min(open.room(), WINDOW);
            return told.compose(done -> old.isEmpty() ? make(array, spec, counts, room) : runAgain(array, old, room));
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

    /** The next tasks in order. When some are there already although fewer are counted, one before them is missing. */
    private Future<Void> make(Execution array, ArraySpec spec, ArrayCounts counts, int room) {
        StepSpec each = spec.each();
        int first = counts.made();
        int after = Math.min(spec.count(), first + room);
        var made = new ArrayList<Future<?>>(after - first);
        for (int index = first; index < after; index++) {
            made.add(executions.create(spec.task(array, each, index), actor(array)));
        }
        return Future.join(made)
                .compose(all -> counts(array.id(), spec.count()))
                .compose(now -> now.made() < after ? fillGaps(array, spec, room) : Future.succeededFuture())
                .onSuccess(done -> wake(array.id()));
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
    private Future<Queue<String>> toRunAgain(Execution array) {
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

    private Future<Void> runAgain(Execution array, Queue<String> old, int room) {
        Instant since = array.steps().get(0).current().assignedAt();
        var opened = new ArrayList<Future<?>>(room);
        for (int i = 0; i < room && !old.isEmpty(); i++) {
            String id = old.poll();
            opened.add(executions
                    .get(id)
                    .compose(task -> endedBefore(task, since) // if not, another controller was faster
                            ? executions.retry(id, false, actor(array))
                            : Future.succeededFuture(task))
                    .recover(cause -> {
                        boolean settled = Failure.of(cause).kind == Failure.Kind.CONFLICT;
                        if (!settled) {
                            old.add(id);
                        }
                        return settled ? Future.succeededFuture() : Future.failedFuture(cause);
                    }));
        }
        return Future.join(opened).onSuccess(done -> wake(array.id())).mapEmpty();
    }

    private Future<Void> cancelOpen(String arrayId, String reason) {
        return each(
                tasks(arrayId, Condition.in("status", OPEN)),
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
