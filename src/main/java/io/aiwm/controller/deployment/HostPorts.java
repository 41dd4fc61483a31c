package io.aiwm.controller.deployment;

import io.aiwm.controller.node.Node;
import io.aiwm.controller.node.NodeDirectory;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Records;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.Failure;
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
        List<ContainerSpec.Port> wanted = spec.ports() == null
                ? List.of()
                : spec.ports().stream()
                        .filter(port -> port.hostPort() != null && port.hostPort() != 0)
                        .toList();
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
            looks.add(taken(deploymentId, candidate, wanted));
        }
        return Future.all(looks).compose(all -> {
            boolean free = looks.stream().anyMatch(look -> look.result() == null);
            return free
                    ? Future.succeededFuture()
                    : Future.failedFuture(Failure.conflict(looks.get(0).result()));
        });
    }

    /** What stands in the way on one node; null when nothing does. */
    private Future<String> taken(String own, String nodeId, List<ContainerSpec.Port> wanted) {
        return records.find(Query.where(Query.Condition.eq("container.nodeId", nodeId))
                        .limit(Query.MAX_LIMIT))
                .map(page -> {
                    for (Deployment other : page.items()) {
                        boolean holds = !other.id().equals(own) && Reflection.runs(other.container());
                        for (int i = 0; holds && i < wanted.size(); i++) {
                            ContainerSpec.Port port = wanted.get(i);
                            if (other.container().ports().stream().anyMatch(held -> collide(port, held))) {
                                return "/spec/ports/" + i + "/hostPort: port " + port.hostPort() + " of node " + nodeId
                                        + " is taken by deployment " + other.name() + " (" + other.id() + ")";
                            }
                        }
                    }
                    return null;
                });
    }

    private static boolean collide(ContainerSpec.Port one, Deployment.Port other) {
        return Objects.equals(one.hostPort(), other.hostPort())
                && Objects.requireNonNullElse(one.protocol(), "tcp")
                        .equals(Objects.requireNonNullElse(other.protocol(), "tcp"))
                && (everywhere(one.hostIp())
                        || everywhere(other.hostIp())
                        || one.hostIp().equals(other.hostIp()));
    }

    private static boolean everywhere(String address) {
        return address == null || address.isEmpty() || address.equals("0.0.0.0") || address.equals("::");
    }
}
