package io.aiwm.protocol;

/** Controller to worker: heard; the controller paces the next one. */
public record HeartbeatAck(long nextHeartbeatMs) {
    public static final String TYPE = "heartbeat.ack";
}
