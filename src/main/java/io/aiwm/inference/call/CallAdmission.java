package io.aiwm.inference.call;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import java.util.function.Consumer;

/** What a call waits for before it is sent on: its limits, then a place. One at a time, on the call's event loop. */
final class CallAdmission {
    /** Ends it; null: nothing is waited for. */
    private Runnable cancel;

    /** Hands a result over as {@link CallLoop#here} does. @param cancels ends the waiting for it */
    <T> void on(Future<T> awaited, Consumer<Future<T>> cancels, Handler<AsyncResult<T>> then) {
        Runnable mine = () -> cancels.accept(awaited);
        cancel = mine;
        CallLoop.here(awaited, found -> {
            cancel = cancel == mine ? null : cancel;
            then.handle(found);
        });
    }

    /** The call has ended: nothing is kept for it. */
    void cancel() {
        if (cancel != null) {
            cancel.run();
            cancel = null;
        }
    }
}
