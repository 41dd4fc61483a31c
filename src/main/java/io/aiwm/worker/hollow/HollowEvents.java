package io.aiwm.worker.hollow;

/**
 * What hollow nodes tell of themselves, for tests that do not want to believe the controller. Called on the nodes' event
 * loop, so an implementation must not block.
 */
public interface HollowEvents {
    /** For those who do not listen. */
    HollowEvents NONE = new HollowEvents() {};

    /** Work for this command begins. Never for a repeated delivery of a command that is known. */
    default void began(String nodeId, String commandId) {}

    /** The work has ended, well or cancelled. */
    default void ended(String nodeId, String commandId) {}

    /** A controller has accepted its registration: a session begins. */
    default void registered(String nodeId) {}

    /** A controller has answered a heartbeat. */
    default void heard(String nodeId) {}

    /** The connection has ended, or the node has been cut off. */
    default void gone(String nodeId) {}
}
