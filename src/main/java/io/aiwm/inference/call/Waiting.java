package io.aiwm.inference.call;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import java.util.function.Consumer;

/** What a call waits for before it is sent on: its limits, then a place. One at a time, on the call's event loop. */
final class Waiting {
    private static final Runnable NOTHING = () -> {};
    private Runnable cancel = NOTHING;

    /** Hands a result over as {@link Loop#here} does. @param cancels ends the waiting for it */
    <T> void on(Future<T> awaited, Consumer<Future<T>> cancels, Handler<AsyncResult<T>> then) {
        cancel = () -> cancels.accept(awaited);
        Loop.here(awaited, found -> {
            cancel = NOTHING;
            then.handle(found);
        });
    }

    /** The call has ended: nothing is kept for it. */
    void cancel() {
        Runnable last = cancel;
        cancel = NOTHING;
        last.run();
    }
}
