package io.aiwm.controller.notification;

import io.vertx.core.Future;
import java.util.List;

/** Brings notices to targets of one kind. */
interface Sender {
    /**
     * Brings notices to a target, in this order; told twice they must do no harm. Succeeds when all have arrived. Fails with {@link
     * SendFailure}, also where some have.
     */
    Future<Void> send(Target target, List<Notice> notices);

    /** How many are sent at once: of several an attempt that fails counts for none of them, and is made again and again. */
    int atOnce();

    default Future<Void> close() {
        return Future.succeededFuture();
    }
}
