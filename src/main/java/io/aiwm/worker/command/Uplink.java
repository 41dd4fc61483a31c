package io.aiwm.worker.command;

import io.vertx.core.json.JsonObject;

/**
 * The way to the controller. Best effort: without a session, or when too much waits already, the message is dropped;
 * what must arrive is sent again by its sender. Safe to call from any thread.
 */
public interface Uplink {

    /**
     * @param data the message without its sessionId, which the link puts in
     * @param commandId the command this is about; null where it is about none
     */
    void send(String type, JsonObject data, String commandId);
}
