package io.aiwm.protocol;

import java.time.Instant;

/** Controller to worker, first message of a session: who the controller takes the worker for. */
public record ConnectionAck(String nodeId, int protocol, Instant serverTime) {
    public static final String TYPE = "connection.ack";
    public static final int PROTOCOL_VERSION = 1;
}
