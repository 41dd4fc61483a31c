package io.aiwm.inference.balance;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;

/** A call that waits for a place. Its future completes on the context on which it asked. */
final class Waiter {
    final PlaceRequest ask;
    final long since;
    final long deadline;
    private final Promise<Place> promise = Promise.promise();
    private final Context context = Vertx.currentContext();
    /** What it is told outside the lock: one of the two. */
    private Place place;

    private RuntimeException refusal;

    Waiter(PlaceRequest ask, long now) {
        this.ask = ask;
        this.since = now;
        this.deadline = now + ask.waitMillis();
    }

    Future<Place> future() {
        return promise.future();
    }

    Waiter gets(Place given) {
        place = given;
        return this;
    }

    Waiter isRefused(RuntimeException why) {
        refusal = why;
        return this;
    }

    void tell() {
        if (context == null) {
            complete();
        } else {
            context.runOnContext(turn -> complete());
        }
    }

    private void complete() {
        if (place != null) {
            promise.complete(place);
        } else {
            promise.fail(refusal);
        }
    }
}
