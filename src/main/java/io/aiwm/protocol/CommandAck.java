package io.aiwm.protocol;

import java.util.Map;

/**
 * Worker to controller, within 5 s and after the command is in the worker's journal on disk. A repeated delivery is
 * answered with the same ack.
 *
 * @param accepted false: the worker will not run it and reason says why (expired, policy, disk full)
 */
public record CommandAck(String sessionId, String commandId, boolean accepted, String reason) {
    public static final String TYPE = "command.ack";

    /** The same as {@link Envelope#as}. The usual one is read without data binding: they come by the thousand. */
    public static CommandAck of(Envelope message) {
        Map<String, Object> said = message.data().getMap();
        return said.get("sessionId") instanceof String session
                        && said.get("commandId") instanceof String command
                        && Boolean.TRUE.equals(said.get("accepted"))
                        && said.get("reason") == null
                ? new CommandAck(session, command, true, null)
                : message.as(CommandAck.class);
    }
}
