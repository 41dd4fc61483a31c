package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.controller.agent.ToolStep.Result;
import io.vertx.core.Future;
import io.vertx.core.Promise;

/**
 * A call of a tool under way.
 *
 * @param result fails only when the call is cancelled, or when the store is away
 * @param cancel ends the call if it has not ended
 */
record RunningCall(Future<Result> result, Runnable cancel) {

    static RunningCall ended(Result result) {
        return new RunningCall(Future.succeededFuture(result), () -> {});
    }

    /** One whose result fails at once when it is cancelled. @param end what else that does */
    static RunningCall of(Future<Result> call, Runnable end) {
        Promise<Result> promise = Promise.promise();
        call.onComplete(done -> {
            if (done.succeeded()) {
                promise.tryComplete(done.result());
            } else {
                promise.tryFail(done.cause());
            }
        });
        return new RunningCall(promise.future(), () -> {
            if (promise.tryFail(Failure.conflict("cancelled"))) {
                end.run();
            }
        });
    }
}
