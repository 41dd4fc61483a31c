package io.aiwm.controller.execution;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * A port of a node itself, on which only one program can listen.
 *
 * @param protocol tcp or udp
 * @param hostIp the address of the node it is published on; null: all of them
 */
public record HostPort(
        int port,
        String protocol,
        @JsonInclude(JsonInclude.Include.NON_NULL) String hostIp) {

    public HostPort {
        protocol = protocol == null ? "tcp" : protocol;
        boolean everywhere = hostIp == null || hostIp.isEmpty() || hostIp.equals("0.0.0.0") || hostIp.equals("::");
        hostIp = everywhere ? null : hostIp;
    }

    /** Whether who has this one has the other, too. */
    public boolean covers(HostPort other) {
        return collides(other) && (hostIp == null || hostIp.equals(other.hostIp));
    }

    /** Whether only one of the two can be published on a node. */
    public boolean collides(HostPort other) {
        return port == other.port
                && protocol.equals(other.protocol)
                && (hostIp == null || other.hostIp == null || hostIp.equals(other.hostIp));
    }
}
