package io.aiwm.controller.inference;

import io.aiwm.common.HostAddresses;
import io.aiwm.common.InternalAddresses;
import io.aiwm.controller.node.Node;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.URI;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * By which address a published port is reached from one machine. A worker publishes ports on the address by which it reaches its
 * controller unless its settings name another; a port on its loopback address is reached from its own machine alone.
 */
final class ReplicaAddresses {
    private static final String LOOPBACK = "127.0.0.1";

    private final Function<String, Node> nodes;
    private final String hostname;
    private final Predicate<InetAddress> allowed;

    /**
     * @param nodes returns null for an unknown id
     * @param hostname of the machine that connects
     * @param allowed whether a replica may be called at an address: workers say theirs themselves
     */
    ReplicaAddresses(Function<String, Node> nodes, String hostname, Predicate<InetAddress> allowed) {
        this.nodes = nodes;
        this.allowed = allowed;
        this.hostname = hostname;
    }

    /** One of both is null. @param reason why there is no address, in words */
    record Found(String host, String reason) {}

    Found of(String nodeId, String hostIp) {
        boolean everywhere = hostIp == null || hostIp.isEmpty() || hostIp.equals("0.0.0.0") || hostIp.equals("::");
        if (!everywhere && !InternalAddresses.isLoopback(hostIp)) {
            return isOfNode(hostIp)
                    ? new Found(hostIp, null)
                    : new Found(
                            null,
                            "node " + nodeId
                                    + " says an address at which no replica may be called (inference.replicaNetworks)");
        }
        Node node = nodes.apply(nodeId);
        if (node == null) {
            return new Found(null, "node " + nodeId + " is not known yet");
        }
        if (hostname.equals(node.hostname())) {
            return new Found(everywhere ? LOOPBACK : hostIp, null);
        }
        String served = everywhere ? serverOf(node) : null;
        if (served != null) {
            return new Found(served, null);
        }
        return new Found(
                null,
                "node " + nodeId + " publishes ports "
                        + (everywhere ? "on all of its addresses, of which none is known here" : "for itself alone")
                        + " (worker.docker.bindAddress on it)");
    }

    /** The address at which other workers fetch models from it; null where there is none. */
    private String serverOf(Node node) {
        String host = node.modelServer() == null
                ? null
                : URI.create(node.modelServer()).getHost();
        return host != null && isOfNode(HostAddresses.bare(host)) ? host : null;
    }

    /** An address is what a worker says: at a link-local one, clouds tell a machine its secrets. */
    private boolean isOfNode(String hostIp) {
        InetAddress address = NetUtil.createInetAddressFromIpAddressString(hostIp);
        return address != null
                && !address.isLinkLocalAddress()
                && !address.isMulticastAddress()
                && !address.isAnyLocalAddress()
                && !address.isLoopbackAddress()
                && allowed.test(address);
    }
}
