package io.aiwm.protocol;

/**
 * Worker to controller, within 5 s and after the command is in the worker's journal on disk. A repeated delivery is
 * answered with the same ack.
 *
 * @param accepted false: the worker will not run it and reason says why (expired, policy, disk full)
 */
public record CommandAck(String sessionId, String commandId, boolean accepted, String reason) {
    public static final String TYPE = "command.ack";
}
