package io.aiwm.inference.call;

import io.aiwm.inference.GatewaySettings;
import io.aiwm.inference.upstream.Upstreams;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;

/** What the calls of one event loop share. */
public final class CallLoop {
    final GatewayState shared;
    final Upstreams upstreams;
    final CallTimeouts watch;
    final PendingWrites outbox;

    /** Made on the event loop, in the context of the verticle that serves. */
    public CallLoop(Vertx vertx, GatewayState shared) {
        this.shared = shared;
        this.upstreams = new Upstreams(vertx, shared.settings());
        this.watch = new CallTimeouts(vertx);
        this.outbox = new PendingWrites(vertx);
    }

    public GatewaySettings settings() {
        return shared.settings();
    }

    public GatewayState shared() {
        return shared;
    }

    /** Hands a result over on the event loop that this is called on: at once if it is there, otherwise later. */
    public static <T> void here(Future<T> future, Handler<AsyncResult<T>> then) {
        if (future.isComplete()) {
            then.handle(future);
        } else {
            Context context = Vertx.currentContext();
            future.onComplete(done -> {
                if (Vertx.currentContext() == context) {
                    then.handle(done);
                } else {
                    context.runOnContext(later -> then.handle(done));
                }
            });
        }
    }
}
