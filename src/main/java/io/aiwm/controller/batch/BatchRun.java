package io.aiwm.controller.batch;

import io.aiwm.common.Failure;
import io.aiwm.controller.batch.JournalFilter.Kind;
import io.aiwm.inference.Caller;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * One batch that this process carries out: its lines are read, called one by one, and their results put together. Each part of it can be
 * done again by another process. All of it happens on one context.
 */
final class BatchRun {
    /** How many lines without a call are written at once. */
    private static final int MOST_UNCALLED = 256;

    private final Context context;
    private final BatchTools tools;
    private final Runnable pump;
    private final LineJournal journal;
    private final Promise<Batch> ended = Promise.promise();
    private final Set<Runnable> calls = new HashSet<>();
    private Batch batch;
    /** Null: none is to be called yet. */
    private LineSource lines;

    private boolean concluding;
    private boolean stopped;
    private boolean left;
    /** Lines that are called, wait to be called again, or are being written. */
    private int open;
    /** Those of them that wait to be called again. */
    private int sleeping;

    private int told = -1;

    /** @param pump has lines called where there is room */
    BatchRun(Context context, BatchTools tools, Batch taken, Runnable pump) {
        this.context = context;
        this.tools = tools;
        this.batch = taken;
        this.pump = pump;
        this.journal = new LineJournal(context, tools.objects(), taken.id(), tools.calls()::counted);
    }

    int completed() {
        return journal.answers();
    }

    int failed() {
        return journal.count() - journal.answers();
    }

    int total() {
        return batch.total();
    }

    /** Whether this number was not told before. */
    boolean tells(int done) {
        boolean news = done != told;
        told = done;
        return news;
    }

    /** Makes no further calls and gives up those under way; what is done is put together. */
    void stop() {
        if (!stopped) {
            stopped = true;
            Set.copyOf(calls).forEach(Runnable::run);
            over();
        }
    }

    /** Lets go of it as it is. Completes when nothing of it is being written any more. */
    Future<Void> leave(Throwable why) {
        left = true;
        Future<Void> quiet = journal.close();
        Set.copyOf(calls).forEach(Runnable::run);
        ended.tryFail(why);
        return quiet;
    }

    /** Succeeds when its end is stored. Fails when this process cannot go on, which says nothing of the batch. */
    Future<Batch> start() {
        stopped = batch.state() == BatchState.CANCELLING;
        Future<?> begun = switch (batch.state()) {
            case VALIDATING ->
                here(tools.callers().apply(batch.by()))
                        .transform(found -> found.succeeded() ? validate(found.result()) : refused(found.cause()));
            case IN_PROGRESS, CANCELLING, FINALIZING -> here(journal.load());
            // whoever ended it may have been killed before this
            case COMPLETED, FAILED, EXPIRED, CANCELLED -> here(journal.clear());
        };
        begun.onComplete(done -> {
            if (done.failed()) {
                ended.tryFail(done.cause());
            } else if (batch.state().isFinal()) {
                ended.tryComplete(batch);
            } else if (batch.state() == BatchState.IN_PROGRESS) {
                callLines();
            } else {
                conclude();
            }
        });
        return ended.future();
    }

    private <T> Future<T> here(Future<T> future) {
        Promise<T> here = Promise.promise();
        future.onComplete(done -> context.runOnContext(turn -> here.handle(done)));
        return here.future();
    }

    private Future<Batch> change(UnaryOperator<Batch> change) {
        return here(tools.batches().change(batch.id(), change)).onSuccess(stored -> batch = stored);
    }

    private Future<Batch> refused(Throwable cause) {
        Failure.Kind kind = Failure.of(cause).kind;
        return kind == Failure.Kind.UNAUTHENTICATED || kind == Failure.Kind.FORBIDDEN
                ? fail(List.of(new LineError("invalid_api_key", cause.getMessage(), null, null)))
                : Future.failedFuture(cause);
    }

    private Future<Batch> fail(List<LineError> errors) {
        return change(seen -> seen.state() == BatchState.CANCELLING
                ? seen
                : seen.in(BatchState.FAILED, tools.batches().now())
                        .but()
                        .errors(errors)
                        .build());
    }

    private Future<Batch> validate(Caller caller) {
        var validation = new Validation(
                tools.files().lines(batch.inputFileId()),
                batch.endpoint(),
                tools.files().limits().maxLines(),
                model -> tools.idlePlaces().applyAsInt(model) >= 0,
                caller);
        return validation
                .run(context, () -> stopped)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(new Validation.Found(List.of(LineError.INPUT_GONE), 0))
                        : Future.failedFuture(cause))
                .compose(found -> stopped
                        ? change(seen ->
                                seen.in(BatchState.CANCELLING, tools.batches().now()))
                        : found.errors().isEmpty()
                                ? change(seen -> seen.state() == BatchState.CANCELLING
                                        ? seen
                                        : seen.in(
                                                        BatchState.IN_PROGRESS,
                                                        tools.batches().now())
                                                .but()
                                                .total(found.count())
                                                .build())
                                : fail(found.errors()));
    }

    // ---- lines

    /** Begins to call, behind what is done. */
    private void callLines() {
        lines = new LineSource(
                context,
                tools.files().lines(batch.inputFileId()),
                journal,
                batch.endpoint(),
                () -> {
                    over();
                    pump.run();
                },
                this::leave);
        over();
        pump.run();
    }

    private boolean isLate() {
        return !tools.batches().now().isBefore(batch.expiresAt());
    }

    /** The model of the line that is called next; null: none is at hand. */
    String nextModel(int most) {
        if (lines == null || stopped || left) {
            return null;
        }
        boolean late = isLate();
        while (open < (late ? MOST_UNCALLED : most) && lines.peek() != null) {
            if (!late) {
                return lines.peek().call().model();
            }
            BatchCall call = lines.take().call();
            open++;
            String why = "the line was not called before the batch's time was over";
            write(call, Kind.EXPIRED, Verdict.error(call, "batch_expired", why).result());
        }
        over();
        return null;
    }

    /** Calls the line whose model {@link #nextModel} has told. Completes when its place is free. */
    Future<Void> call() {
        LineSource.Waiting line = lines.take();
        open++;
        return here(tools.callers().apply(batch.by()))
                .compose(caller -> made(
                        tools.calls().call(caller, batch.endpoint(), line.call().body())))
                .map(answer -> Verdict.of(line.call(), answer, line.tries()))
                .recover(cause -> Future.succeededFuture(Verdict.of(line.call(), cause, line.tries())))
                .onSuccess(verdict -> decided(line, verdict))
                .mapEmpty();
    }

    private Future<LineCalls.Answer> made(LineCalls.Made made) {
        calls.add(made.abort());
        return here(made.answer()).onComplete(done -> calls.remove(made.abort()));
    }

    private void decided(LineSource.Waiting line, Verdict verdict) {
        if (verdict.result() != null) {
            write(line.call(), verdict.answer() ? Kind.ANSWER : Kind.ERROR, verdict.result());
            return;
        }
        sleeping++;
        context.owner().setTimer(stopped ? 1 : verdict.laterMillis(), timer -> {
            open--;
            sleeping--;
            lines.back(new LineSource.Waiting(line.call(), line.tries() + (verdict.counts() ? 1 : 0)));
            over();
            pump.run();
        });
        over();
    }

    private void write(BatchCall line, Kind kind, Buffer result) {
        here(journal.add(line.number(), kind, result)).onSuccess(durable -> {
            open--;
            over();
            pump.run();
        });
    }

    // ---- the end

    /** Goes on to the results once nothing is called any more. */
    private void over() {
        boolean quiet = stopped ? open == sleeping : open == 0 && lines != null && lines.isEmpty();
        if (lines == null || left || concluding || !quiet) {
            return;
        }
        concluding = true;
        change(seen -> seen.state() == BatchState.CANCELLING
                        ? seen
                        : seen.in(
                                stopped ? BatchState.CANCELLING : BatchState.FINALIZING,
                                tools.batches().now()))
                .onSuccess(stored -> conclude())
                .onFailure(ended::tryFail);
    }

    private void conclude() {
        var results = new BatchResults(tools.files(), batch, journal);
        here(results.answers())
                .compose(output ->
                        here(results.errors()).compose(errors -> change(seen -> ended(seen, output, errors))))
                .compose(stored -> here(journal.clear()))
                .onSuccess(cleared -> ended.tryComplete(batch))
                .onFailure(ended::tryFail);
    }

    private Batch ended(Batch seen, String output, String errors) {
        BatchState end = seen.end(journal.count(), journal.expired());
        return seen.in(end, tools.batches().now())
                .but()
                .errors(end == BatchState.FAILED ? List.of(LineError.INPUT_GONE) : seen.errors())
                .outputFileId(output)
                .errorFileId(errors)
                .completed(completed())
                .failed(failed())
                .build();
    }
}
