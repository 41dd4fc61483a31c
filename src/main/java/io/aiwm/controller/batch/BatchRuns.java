package io.aiwm.controller.batch;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.common.IsolatedForEach;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.Step;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out {@code batch.run} as a worker would. Whoever is started after a controller that was killed finds the open batch and goes on
 * behind the lines that are done. Calls are made while replicas have nothing else to do, so many of one batch and of all at once. All of
 * it happens on one context.
 */
public final class BatchRuns {
    private static final Logger LOG = LoggerFactory.getLogger(BatchRuns.class);
    private static final long PUMP_MILLIS = 200;
    private static final long TELL_MILLIS = 1_000;
    /** How long a process may say nothing of a batch that it has, where there are several. */
    static final Duration SILENT = Duration.ofSeconds(60);

    /** How long the end of this process waits for what is being written of its batches. */
    private static final long MOST_CLOSE_MILLIS = 2_000;

    private final IsolatedForEach each = new IsolatedForEach(LOG, "batch");
    private final Context context;
    private final BatchTools tools;
    private final int perBatch;
    private final int inAll;
    private final boolean alone;
    private final String self = Ids.next("proc");
    private final BatchReports reports;
    /** Those that are being begun have none. */
    private final Map<String, BatchRun> running = new LinkedHashMap<>();

    private final Map<String, Integer> calledOfModel = new HashMap<>();
    private int called;
    private boolean closed;

    /** Make it before the first execution is written: it listens. @param alone whether no other process carries out batches */
    public BatchRuns(Vertx vertx, BatchTools tools, boolean alone) {
        // its own, whichever thread makes this
        this.context = ((VertxInternal) vertx).createEventLoopContext();
        this.tools = tools;
        this.perBatch = tools.files().limits().parallel();
        this.inAll = tools.files().limits().maxParallel();
        this.alone = alone;
        this.reports = new BatchReports(context, tools, self);
        tools.executions().onWritten((before, after) -> {
            if (Batches.is(after)) {
                context.runOnContext(turn -> written(after));
            }
        });
    }

    /** Once the store is open. */
    public Future<Void> start() {
        return Future.future(done -> context.runOnContext(turn -> {
            context.owner().setPeriodic(PUMP_MILLIS, timer -> pump());
            context.owner().setPeriodic(TELL_MILLIS, timer -> tell());
            tools.calls().open().onComplete(done);
        }));
    }

    /** Gives up the batches that it has, so that another process goes on with them at once. */
    public Future<Void> close() {
        return Future.future(done -> context.runOnContext(turn -> {
            closed = true;
            var given = new ArrayList<Future<?>>();
            running.forEach((id, run) -> {
                if (run != null) {
                    // what is still being written is not yet seen by whoever goes on: then it waits as after a kill
                    given.add(run.leave(Failure.conflict("another process goes on with it"))
                            .timeout(MOST_CLOSE_MILLIS, TimeUnit.MILLISECONDS)
                            .compose(quiet -> give(id)));
                }
            });
            Future.join(given).transform(left -> tools.calls().close()).onComplete(done);
        }));
    }

    private Future<Batch> give(String id) {
        return tools.batches()
                .change(
                        id,
                        seen -> self.equals(seen.holder())
                                ? seen.but().holder(null).build()
                                : seen);
    }

    private void written(Execution after) {
        String id = after.resourceId();
        if (running.containsKey(id) || isOpen(after)) {
            go(id, after);
        }
    }

    private static boolean isToEnd(Execution execution) {
        return execution.cancelAsked() || execution.status().isFinal();
    }

    static boolean isOpen(Execution execution) {
        Step step = execution.steps().get(0);
        return step.status().isOpenAttempt() && Placer.CONTROLLER.equals(step.nodeId());
    }

    /** A sweep: goes on with every batch that no process is at work on. */
    public Future<Void> run() {
        Future<?> begun = tools.executions().openOn(Placer.CONTROLLER).map(open -> {
            open.stream().filter(Batches::is).forEach(this::look);
            return null;
        });
        return begun.compose(looked -> tools.batches().open())
                .compose(open -> each.all(
                        open,
                        Batch::id,
                        one -> tools.executions()
                                .get(one.executionId())
                                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                                        ? tools.batches().execute(one)
                                        : Future.failedFuture(cause))
                                .onSuccess(this::look)))
                .mapEmpty();
    }

    private void look(Execution execution) {
        context.runOnContext(turn -> {
            if (isOpen(execution) || execution.status().isFinal()) {
                go(execution.resourceId(), execution);
            }
        });
    }

    private void go(String id, Execution execution) {
        BatchRun known = running.get(id);
        if (known != null && isToEnd(execution)) {
            known.stop(); // another controller may have been asked
        }
        if (closed || running.containsKey(id)) {
            return;
        }
        running.put(id, null);
        take(id, execution)
                .onComplete(taken -> context.runOnContext(turn -> {
                    if (taken.failed() || closed) {
                        running.remove(id);
                        if (taken.succeeded()) {
                            give(id);
                        } else if (Failure.of(taken.cause()).kind == Failure.Kind.NOT_FOUND) {
                            reports.gone(execution); // made for a batch that was refused meanwhile
                        }
                        return;
                    }
                    var run = new BatchRun(context, tools, taken.result(), this::pump);
                    running.put(id, run);
                    run.start()
                            .compose(ended -> reports.ended(execution, ended))
                            .onFailure(cause -> LOG.warn("batch {} is looked at again: {}", id, cause.toString()))
                            .onComplete(done -> context.runOnContext(later -> running.remove(id, run)));
                    if (isToEnd(execution)) {
                        run.stop();
                    }
                }));
    }

    /** Takes a batch, so that no other process works on it. */
    private Future<Batch> take(String id, Execution execution) {
        boolean cancelled = isToEnd(execution);
        return tools.batches().change(id, seen -> {
            if (seen.state().isFinal()) {
                return seen;
            }
            long now = tools.batches().now().toEpochMilli();
            boolean free = alone
                    || seen.holder() == null
                    || seen.holder().equals(self)
                    || seen.touchedAtMs() < now - SILENT.toMillis();
            if (!free) {
                throw Failure.busy("another controller is at work on batch " + id);
            }
            boolean cancels = cancelled && seen.state().mayBecome(BatchState.CANCELLING);
            Batch next =
                    cancels ? seen.in(BatchState.CANCELLING, tools.batches().now()) : seen;
            return next.but().holder(self).touchedAtMs(now).build();
        });
    }

    // ---- calls

    /** Has lines called as long as there is room, of each batch in turn. */
    private void pump() {
        boolean any = true;
        while (any && !closed) {
            any = false;
            for (BatchRun run : new ArrayList<>(running.values())) {
                any |= run != null && called < inAll && call(run);
            }
        }
    }

    private boolean call(BatchRun run) {
        String model = run.nextModel(perBatch);
        if (model == null) {
            return false;
        }
        int places = tools.idlePlaces().applyAsInt(model);
        // one that is not known any more is told so by the gateway
        if (places >= 0 && calledOfModel.getOrDefault(model, 0) >= places) {
            return false;
        }
        called++;
        calledOfModel.merge(model, 1, Integer::sum);
        run.call().onComplete(done -> {
            called--;
            calledOfModel.computeIfPresent(model, (name, count) -> count > 1 ? count - 1 : null);
            pump();
        });
        return true;
    }

    // ---- what is told

    private void tell() {
        running.forEach((id, run) -> {
            if (run != null) {
                reports.tell(id, run);
            }
        });
    }
}
