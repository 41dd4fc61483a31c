package io.aiwm.inference.balance;

import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;

/** Runs something once, later. */
@FunctionalInterface
public interface OneShotTimer {
    void in(long millis, Runnable then);

    /** On a context of its own: timers of a verticle end with that. */
    static OneShotTimer of(Vertx vertx) {
        ContextInternal own = ((VertxInternal) vertx).createEventLoopContext();
        return (millis, then) -> own.setTimer(Math.max(1, millis), id -> then.run());
    }
}
