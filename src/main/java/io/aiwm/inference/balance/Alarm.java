package io.aiwm.inference.balance;

import io.vertx.core.Vertx;

/** Runs something once, later. */
@FunctionalInterface
public interface Alarm {
    void in(long millis, Runnable then);

    static Alarm of(Vertx vertx) {
        return (millis, then) -> vertx.setTimer(Math.max(1, millis), id -> then.run());
    }
}
