package io.aiwm.protocol;

/** Controller to worker, after the outcome is stored: the worker may forget the command. */
public record ResultAck(String commandId) {
    public static final String TYPE = "result.ack";
}
