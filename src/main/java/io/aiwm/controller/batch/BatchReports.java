package io.aiwm.controller.batch;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Placer;
import io.aiwm.protocol.CommandResult;
import io.vertx.core.Context;
import io.vertx.core.Future;

/** Tells the records of batches and their executions how far this process has come with them. Used on one context. */
final class BatchReports {
    private static final long TOUCH_MILLIS = BatchRuns.SILENT.toMillis() / 3;

    private final Context context;
    private final BatchTools tools;
    private final String self;

    /** @param self this process, as holder of batches */
    BatchReports(Context context, BatchTools tools, String self) {
        this.context = context;
        this.tools = tools;
        this.self = self;
    }

    /** Tells how far it is, and that this process is at work on it. */
    void tell(String id, BatchRun run) {
        int completed = run.completed();
        int failed = run.failed();
        tools.batches()
                .change(id, seen -> {
                    long now = tools.batches().now().toEpochMilli();
                    boolean old = seen.touchedAtMs() < now - TOUCH_MILLIS;
                    boolean same = seen.completed() == completed && seen.failed() == failed;
                    return seen.state().isFinal() || !self.equals(seen.holder()) || (same && !old)
                            ? seen
                            : seen.but()
                                    .completed(completed)
                                    .failed(failed)
                                    .touchedAtMs(now)
                                    .build();
                })
                .onSuccess(seen -> context.runOnContext(turn -> {
                    if (!seen.state().isFinal() && !self.equals(seen.holder())) {
                        run.leave(Failure.conflict("another process goes on with it"));
                    } else if (seen.state() == BatchState.CANCELLING) {
                        run.stop();
                    }
                }));
        int done = completed + failed;
        if (run.total() > 0 && run.tells(done)) {
            progress(id, done, run.total());
        }
    }

    private void progress(String id, int done, int total) {
        tools.batches()
                .get(id)
                .compose(batch -> tools.executions().get(batch.executionId()))
                .compose(execution -> BatchRuns.isOpen(execution)
                        ? tools.executions()
                                .progressed(
                                        BatchOutcome.command(execution),
                                        Placer.CONTROLLER,
                                        (int) (100L * done / total),
                                        done + " of " + total + " lines")
                        : Future.succeededFuture());
    }

    /** Ends the execution of a batch that has ended. */
    Future<Void> ended(Execution execution, Batch batch) {
        return BatchRuns.isOpen(execution)
                ? finish(
                        execution,
                        BatchOutcome.of(execution, batch, tools.batches().now()))
                : Future.succeededFuture();
    }

    /** Ends the execution of a batch that there is not any more. */
    Future<Void> gone(Execution execution) {
        return BatchRuns.isOpen(execution)
                ? finish(execution, BatchOutcome.gone(execution, tools.batches().now()))
                : Future.succeededFuture();
    }

    private Future<Void> finish(Execution execution, CommandResult result) {
        return tools.executions()
                .finished(BatchOutcome.command(execution), Placer.CONTROLLER, result, Ids.uuid7())
                .mapEmpty();
    }
}
