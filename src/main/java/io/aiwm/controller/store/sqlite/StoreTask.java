package io.aiwm.controller.store.sqlite;

import io.aiwm.common.Failure;
import io.netty.channel.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * One task on its way through a store thread and back to the caller's context.
 *
 * @param <S> the argument that the store thread passes to it
 */
final class StoreTask<S, T> {
    interface Work<S, T> {
        T run(S session) throws SQLException;
    }

    private final ContextInternal context;
    private final Promise<T> promise;
    private final Work<S, T> work;
    private T result;
    private Throwable failure;

    StoreTask(Vertx vertx, Work<S, T> work) {
        this.context = ((VertxInternal) vertx).getOrCreateContext();
        this.promise = context.promise();
        this.work = work;
    }

    Future<T> future() {
        return promise.future();
    }

    /**
     * Runs the task and keeps its result until {@link #deliver}; throws only failures that affect other tasks too.
     */
    void run(S session) throws SQLException {
        try {
            result = work.run(session);
        } catch (Failure refused) {
            failure = refused;
        }
    }

    void fail(Failure cause) {
        failure = cause;
    }

    void complete() {
        if (failure == null) {
            promise.complete(result);
        } else {
            promise.fail(failure);
        }
    }

    /** Answers all callers, with one hop per event loop instead of one per task. */
    static void deliver(List<? extends StoreTask<?, ?>> tasks) {
        if (tasks.size() == 1) {
            tasks.get(0).hop();
            return;
        }
        IdentityHashMap<EventLoop, List<StoreTask<?, ?>>> byLoop = new IdentityHashMap<>();
        for (StoreTask<?, ?> task : tasks) {
            if (task.context.threadingModel() == ThreadingModel.EVENT_LOOP) {
                byLoop.computeIfAbsent(task.context.nettyEventLoop(), loop -> new ArrayList<>())
                        .add(task);
            } else {
                task.hop();
            }
        }
        byLoop.forEach((loop, group) -> {
            if (!loop.isShuttingDown()) {
                loop.execute(() -> group.forEach(StoreTask::complete));
            }
        });
    }

    void hop() {
        if (context.threadingModel() != ThreadingModel.EVENT_LOOP) {
            context.runOnContext(ignored -> complete());
        } else if (!context.nettyEventLoop().isShuttingDown()) {
            context.nettyEventLoop().execute(this::complete);
        }
    }
}
