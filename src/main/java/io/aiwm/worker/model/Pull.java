package io.aiwm.worker.model;

import io.aiwm.common.Sha256;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.ModelSource;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;

/**
 * One content on its way to this node, whoever waits for it: sources are tried in their order, the half content is gone on
 * with, and all who wait hear of progress and outcome. It ends early when nobody waits any more.
 */
final class Pull implements Fetch.Job {
    /** @param source null: it was here before */
    record Result(String sha256, ModelSource.Kind source) {}

    private final Fetch.Tools tools;
    private final ModelRoom room;
    private final String key;
    private final String model;
    private final ModelOrder.Content content;
    private final Map<Object, LongConsumer> waiting = new ConcurrentHashMap<>();
    private final Promise<Void> cancelled = Promise.promise();
    private final Promise<Result> outcome = Promise.promise();
    private volatile boolean left;

    Pull(Fetch.Tools tools, ModelRoom room, String model, ModelOrder.Content content) {
        this.tools = tools;
        this.room = room;
        this.key = key(model, content);
        this.model = model;
        this.content = content;
    }

    /** The same for all pulls that bring the same. */
    static String key(String model, ModelOrder.Content content) {
        return content.sha256() != null
                ? content.sha256()
                : "u-" + Sha256.hex(model + "\n" + content.sources().get(0).url());
    }

    /** Null when the pull has been left by all and ends. @param progress gets the bytes that are here */
    synchronized Future<Result> join(Command command, LongConsumer progress) {
        if (left) {
            return null;
        }
        var mine = new Object();
        waiting.put(mine, progress);
        Promise<Result> answer = Promise.promise();
        outcome.future().onComplete(done -> {
            if (done.succeeded()) {
                answer.tryComplete(done.result());
            } else {
                answer.tryFail(done.cause());
            }
        });
        command.cancelled().onSuccess(ignored -> {
            leave(mine);
            answer.tryFail(new CommandFailure(ErrorCategory.CONFLICT, "cancelled"));
        });
        return answer.future();
    }

    private synchronized void leave(Object who) {
        waiting.remove(who);
        if (waiting.isEmpty() && !outcome.future().isComplete()) {
            left = true;
            cancelled.tryComplete();
        }
    }

    /** Fetches it, unless another has brought it. Ends when nothing of it is under way any more. */
    Future<Result> run() {
        return tools.vertx()
                .executeBlocking(
                        () -> content.sha256() != null && tools.contents().has(content.sha256()), false)
                .compose(here ->
                        here ? Future.succeededFuture(new Result(content.sha256(), null)) : from(0, new ArrayList<>()))
                .onComplete(done -> room.done(key));
    }

    /** Tells all who wait. */
    void ended(AsyncResult<Result> result) {
        if (result.succeeded()) {
            outcome.complete(result.result());
        } else {
            outcome.fail(result.cause());
        }
    }

    private Future<Result> from(int index, List<CommandFailure> failures) {
        if (left || index == content.sources().size()) {
            return Future.failedFuture(reason(failures));
        }
        ModelOrder.Source source = content.sources().get(index);
        return one(source).recover(cause -> {
            failures.add(
                    cause instanceof CommandFailure failure
                            ? failure
                            : new CommandFailure(ErrorCategory.INTERNAL, String.valueOf(cause.getMessage())));
            return from(index + 1, failures);
        });
    }

    private Future<Result> one(ModelOrder.Source source) {
        return new Fetch(tools, this, source)
                .run()
                .compose(before -> complete(source)
                        .recover(wrong -> before > 0 && !left
                                // what was here before may be to blame: once more, all of it from this source
                                ? new Fetch(tools, this, source).run().compose(again -> complete(source))
                                : Future.failedFuture(wrong)));
    }

    private Future<Result> complete(ModelOrder.Source source) {
        return tools.vertx()
                .executeBlocking(
                        () -> new Result(
                                tools.contents().complete(key, content.sha256(), content.sizeBytes()), source.kind()),
                        false);
    }

    /** The failure that says most: one that another try may mend, of the last source; with the reasons of the others. */
    private CommandFailure reason(List<CommandFailure> failures) {
        if (failures.isEmpty()) {
            return left
                    ? new CommandFailure(ErrorCategory.CONFLICT, "cancelled")
                    : new CommandFailure(
                            ErrorCategory.NOT_FOUND, model + " is not on this node and nothing says where it is");
        }
        if (failures.size() == 1) {
            return failures.get(0);
        }
        CommandError chosen = failures.stream()
                .map(failure -> failure.error)
                .max(Comparator.comparing(CommandError::retryable))
                .orElseThrow();
        var words = new StringBuilder("no source gave the model:");
        for (int i = 0; i < failures.size(); i++) {
            words.append(i == 0 ? " " : "; ")
                    .append(content.sources().get(i).kind())
                    .append(": ")
                    .append(failures.get(i).error.message());
        }
        return new CommandFailure(
                new CommandError(chosen.category(), words.toString(), chosen.retryable(), chosen.elsewhere()));
    }

    @Override
    public String key() {
        return key;
    }

    @Override
    public String model() {
        return model;
    }

    @Override
    public ModelOrder.Content content() {
        return content;
    }

    @Override
    public Future<Void> cancelled() {
        return cancelled.future();
    }

    @Override
    public Future<Long> room(long more, long total) {
        return room.make(key, model, more, total);
    }

    @Override
    public void progress(long here, long total) {
        waiting.values().forEach(one -> one.accept(here));
    }
}
