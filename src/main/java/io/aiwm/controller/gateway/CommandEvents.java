package io.aiwm.controller.gateway;

import io.aiwm.protocol.CommandAck;
import io.aiwm.protocol.CommandProgress;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.NodeRegister;
import io.vertx.core.Future;
import java.util.List;

/**
 * What the engine wants to hear of its commands. The node id is the session's, never the message's; an implementation
 * changes nothing when the command was not given to that node (invariant I8).
 */
public interface CommandEvents {

    void acknowledged(String nodeId, CommandAck ack);

    void progress(String nodeId, CommandProgress progress);

    /**
     * Succeeds when the outcome is stored (or was settled before): only then may the worker forget it.
     *
     * @param messageId of the envelope that brought it, for the audit trail
     */
    Future<Void> result(String nodeId, CommandResult result, String messageId);

    /** A node asks for a new session: says what to do with what it brought. */
    Future<Reconciliation> registered(String nodeId, NodeRegister registration);

    /** The node's session is open: what it was given and has not answered is offered again. */
    void ready(String nodeId);

    /** See RegisterAck for the four lists. */
    record Reconciliation(List<String> adopt, List<String> stop, List<String> resend, List<String> forget) {}
}
