package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.HostPort;
import io.aiwm.controller.node.Node;
import io.aiwm.controller.node.NodeDirectory;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Records;
import io.aiwm.protocol.ContainerSpec;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Refuses a host port that other deployments hold wherever the new one could go. What else listens on a node only its
 * engine knows; and of two that are made at the same moment the engine refuses the second.
 */
final class HostPorts {
    /** In a larger fleet a port is free somewhere, or the engine says so. */
    private static final int MOST_NODES = 16;

    private final Records<Deployment> records;
    private final NodeDirectory nodes;

    HostPorts(Records<Deployment> records, NodeDirectory nodes) {
        this.records = records;
        this.nodes = nodes;
    }

    /**
     * Fails with CONFLICT naming the port and its holder.
     *
     * @param deploymentId whose own ports do not stand in its way; null for a new one
     * @param nodeId where it is to run; null: anywhere
     */
    Future<Void> check(String deploymentId, String nodeId, ContainerSpec spec) {
        List<HostPort> wanted = fixed(spec);
        List<String> candidates = nodeId != null
                ? List.of(nodeId)
                : nodes.all().stream()
                        .filter(node -> node.status().isUp())
                        .map(Node::id)
                        .toList();
        if (wanted.isEmpty() || candidates.isEmpty() || candidates.size() > MOST_NODES) {
            return Future.succeededFuture();
        }
        var looks = new ArrayList<Future<String>>();
        for (String candidate : candidates) {
            looks.add(taken(deploymentId, candidate, spec, wanted));
        }
        return Future.all(looks).compose(all -> {
            boolean free = looks.stream().anyMatch(look -> look.result() == null);
            return free
                    ? Future.succeededFuture()
                    : Future.failedFuture(Failure.conflict(looks.get(0).result()));
        });
    }

    /** What stands in the way on one node; null when nothing does. */
    private Future<String> taken(String own, String nodeId, ContainerSpec spec, List<HostPort> wanted) {
        return records.find(Query.where(Query.Condition.eq(Deployments.NODES, nodeId))
                        .limit(Query.MAX_LIMIT))
                .map(page -> {
                    for (Deployment other : page.items()) {
                        List<HostPort> theirs = other.id().equals(own) ? List.of() : publishedOn(other, nodeId);
                        for (HostPort port : wanted) {
                            if (theirs.stream().anyMatch(port::collides)) {
                                return pointer(spec, port) + ": port " + port.port() + " of node " + nodeId
                                        + " is taken by deployment " + other.name() + " (" + other.id() + ")";
                            }
                        }
                    }
                    return null;
                });
    }

    private static String pointer(ContainerSpec spec, HostPort wanted) {
        int i = 0;
        while (!Objects.equals(spec.ports().get(i).hostPort(), wanted.port())) {
            i++;
        }
        return "/spec/ports/" + i + "/hostPort";
    }

    /** The ports a container of this is to have, and no other. */
    static List<HostPort> fixed(ContainerSpec spec) {
        return spec.ports() == null
                ? List.of()
                : spec.ports().stream()
                        .filter(port -> port.hostPort() != null && port.hostPort() != 0)
                        .map(port -> new HostPort(port.hostPort(), port.protocol(), port.hostIp()))
                        .toList();
    }

    private static List<HostPort> publishedOn(Deployment other, String nodeId) {
        return other.instances().stream()
                .map(Replica::container)
                .filter(container ->
                        container != null && container.nodeId().equals(nodeId) && ReplicaTransitions.runs(container))
                .flatMap(container -> published(container).stream())
                .toList();
    }

    /** The ports it has, also those that the engine chose. */
    static List<HostPort> published(Deployment.Container container) {
        return container.ports().stream()
                .filter(port -> port.hostPort() != null)
                .map(port -> new HostPort(port.hostPort(), port.protocol(), port.hostIp()))
                .toList();
    }
}
