package io.aiwm.controller.gateway;

import io.aiwm.common.Failure;
import io.aiwm.protocol.Envelope;
import io.vertx.core.Future;

/** One worker's end of one transport. */
interface Channel {

    /** Hands a message over; fails with UNAVAILABLE when the other end is gone. */
    Future<Void> send(Envelope message);

    /**
     * Succeeds when the worker answers and keeps its place: a second worker under its identity is refused then. Fails with
     * UNAVAILABLE where the newer worker takes over instead.
     */
    default Future<Void> look() {
        return Future.failedFuture(new Failure(Failure.Kind.UNAVAILABLE, "a newer worker takes over"));
    }

    /** Ends the session. @param code as in docs/protocol.md */
    void close(int code, String reason);

    /** {@code websocket} or {@code cluster}. */
    String transport();
}
