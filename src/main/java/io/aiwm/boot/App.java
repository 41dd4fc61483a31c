package io.aiwm.boot;

import io.vertx.core.Deployable;
import io.vertx.core.Future;
import java.util.Map;
import java.util.function.Supplier;

/**
 * One side of the product (controller or worker), assembled without a framework. verticles.json decides which of its verticles
 * start.
 */
public interface App {

    /** Opens what the verticles need (store, secrets, journal) before any of them starts. */
    Future<Void> prepare();

    /** Every verticle of this side by the name verticles.json uses. */
    Map<String, Supplier<Deployable>> verticles();

    /** Succeeds when this side is ready for work. This may depend on other machines, so the start does not wait for it. */
    default Future<Void> ready() {
        return Future.succeededFuture();
    }

    /** Called when a stop begins: from now on this side is not ready and accepts no new work. Must not block. */
    default void stopping() {}

    /**
     * Called after the verticles have stopped: flushes and closes what is open. Each step has a limit; a failure is logged, not
     * thrown.
     */
    Future<Void> close();
}
