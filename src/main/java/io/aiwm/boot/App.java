package io.aiwm.boot;

import io.vertx.core.Deployable;
import io.vertx.core.Future;
import java.util.Map;
import java.util.function.Supplier;

/** One side of the product (controller or worker), put together by hand; its verticles start as verticles.json says. */
public interface App {

    /** Opens what the verticles need (store, secrets, journal) before any of them starts. */
    Future<Void> prepare();

    /** Every verticle of this side by the name verticles.json uses. */
    Map<String, Supplier<Deployable>> verticles();

    /** Succeeds when this side does what it is there for, which may take other machines; the start does not wait for it. */
    default Future<Void> ready() {
        return Future.succeededFuture();
    }

    /** A stop was asked for: from now on not ready, and no new work is taken. Must not block. */
    default void stopping() {}

    /** After the verticles have stopped: flush and close. Each step has a limit; a failure is logged, not thrown. */
    Future<Void> close();
}
