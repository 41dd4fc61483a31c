package io.aiwm.controller.gateway;

import io.aiwm.protocol.Envelope;
import io.vertx.core.Future;

/** One worker's end of one transport. */
interface Channel {

    /** Hands a message over; fails with UNAVAILABLE when the other end is gone. */
    Future<Void> send(Envelope message);

    /** Ends the session. @param code as in docs/protocol.md */
    void close(int code, String reason);

    /** {@code websocket} or {@code cluster}. */
    String transport();
}
