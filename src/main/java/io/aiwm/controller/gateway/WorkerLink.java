package io.aiwm.controller.gateway;

import io.aiwm.protocol.Envelope;
import io.vertx.core.Future;

/** The way out to a worker, whichever transport it is on and whichever controller holds its session. */
public interface WorkerLink {

    /**
     * Hands a message to the node's session. Success means it was handed over, not that it arrived: commands are sent
     * again until they are acknowledged. Fails with UNAVAILABLE when no controller holds a session of that node.
     */
    Future<Void> send(String nodeId, Envelope message);
}
