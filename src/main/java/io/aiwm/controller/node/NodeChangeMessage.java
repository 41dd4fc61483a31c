package io.aiwm.controller.node;

import io.aiwm.protocol.Address;

/**
 * A controller tells everyone that a node came, changed or went. A hint: whoever needs the record reads it; a lost one is
 * made good by {@link SilentNodes}. Harmless to repeat.
 *
 * @param version of the record; IDLE and BUSY alternate without a new one
 * @param deleted whether the node is gone
 * @param by which controller says so
 */
public record NodeChangeMessage(String nodeId, long version, NodeStatus status, boolean deleted, String by) {
    public static final Address<NodeChangeMessage, Void> ADDRESS =
            new Address<>("aiwm.node.changed", NodeChangeMessage.class, Void.class);
}
