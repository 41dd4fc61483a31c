package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.OnNodeLost;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.node.NodeDirectory;
import io.aiwm.controller.node.NodeStatus;

/** Answers what the state of the nodes means for a deployment. Changes nothing. */
final class ReplicaNodes {
    private final NodeDirectory nodes;

    ReplicaNodes(NodeDirectory nodes) {
        this.nodes = nodes;
    }

    /** Fails with UNPROCESSABLE if a request names a node that does not exist. */
    void requireKnown(String nodeId) {
        if (nodeId != null && nodes.find(nodeId) == null) {
            throw Failure.unprocessable("/nodeId", "node " + nodeId + " does not exist");
        }
    }

    boolean isKnown(String nodeId) {
        return nodes.find(nodeId) != null;
    }

    /**
     * The lost node for which it waits though it may run elsewhere: the one it went back to, or to which its model was
     * downloaded. Null: none, or something of it is under way.
     */
    String strandedOn(Instance seen, Execution execution) {
        boolean movable = seen.status() == ReplicaState.DEPLOYING
                && mayLeave(seen.placement())
                && execution.steps().stream().noneMatch(step -> step.status().isOpenAttempt());
        return !movable
                ? null
                : execution.steps().stream()
                        .filter(step -> step.status() == StepState.QUEUED)
                        .map(step -> waitsFor(execution, step))
                        .filter(nodeId -> nodeId != null && isLost(nodeId))
                        .findFirst()
                        .orElse(null);
    }

    private static String waitsFor(Execution execution, Step step) {
        return step.spec().nodeId() == null && step.spec().sameNodeAs() != null
                ? execution.steps().get(step.spec().sameNodeAs()).nodeId()
                : step.spec().nodeId();
    }

    /**
     * Whether the node it is on is gone, and nothing of what is being done to it is under way: then there is nothing to move,
     * update or restart any more, and {@code onNodeLost} decides as after any node's loss. Or it has moved, and only the old
     * container's removal is open.
     */
    boolean left(Instance seen, Execution execution) {
        boolean needsItsNode = seen.status() == ReplicaState.MOVING
                || seen.status() == ReplicaState.UPDATING
                || seen.status() == ReplicaState.RESTARTING
                || seen.status() == ReplicaState.SLEEPING
                || seen.status() == ReplicaState.WAKING;
        return needsItsNode
                && (nodes.find(seen.nodeId()) == null || isLost(seen.nodeId()))
                && (ContainerOutcome.containerOf(execution) != null
                        || execution.steps().stream()
                                .noneMatch(step -> step.status().isOpenAttempt()));
    }

    /**
     * A change to what a deletion acts on: its node unless that was removed, and of the nodes where something may be
     * left those which can be asked. The others are told to stop it when they register.
     */
    ReplicaChange aimed(Instance seen) {
        var change = seen.change();
        if (seen.nodeId() != null && nodes.find(seen.nodeId()) == null) {
            change.container(null);
        }
        return change.traces(seen.traces().stream()
                .filter(node -> nodes.find(node) != null && !isOffline(node))
                .toList());
    }

    /** Whether it may run elsewhere when its node cannot have it any more. */
    static boolean mayLeave(Deployment.Placement placement) {
        return placement.onNodeLost() == OnNodeLost.RESCHEDULE && placement.nodeId() == null;
    }

    static boolean failsWithNode(Instance deployment) {
        return deployment.placement().onNodeLost() == OnNodeLost.FAIL && deployment.status() != ReplicaState.FAILED;
    }

    /** Offline, and not held by the storm guard: what it had is given to others. */
    boolean isLost(String nodeId) {
        var node = nodes.find(nodeId);
        return node != null && node.isLost();
    }

    /** Why nothing is heard from a node: it is offline, or it was deleted. */
    ReasonCode.Reason silence(String nodeId) {
        return isKnown(nodeId)
                ? ReasonCode.NODE_OFFLINE.because("node " + nodeId + " is offline")
                : ReasonCode.NODE_DELETED.because("node " + nodeId + " was deleted");
    }

    boolean isOffline(String nodeId) {
        var node = nodes.find(nodeId);
        return node != null && node.status() == NodeStatus.OFFLINE;
    }

    /** Whether the node exists and is not offline. */
    boolean isUp(String nodeId) {
        var node = nodes.find(nodeId);
        return node != null && node.status() != NodeStatus.OFFLINE;
    }
}
