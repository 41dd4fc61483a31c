package io.aiwm.controller.deployment;

import io.aiwm.common.Ids;
import java.time.Instant;

/** What an action makes of one replica. Pure: each names the execution it wants, and {@link ReplicaReconciler} makes that. */
final class ReplicaActions {
    private ReplicaActions() {}

    /** A change that runs it again, where it was if that node is there. The caller names execution and state. */
    static ReplicaChange started(Instance seen, ReplicaNodes nodes) {
        var change = seen.change();
        boolean nodeThere = seen.nodeId() != null && nodes.isUp(seen.nodeId());
        if (!nodeThere && seen.nodeId() != null) {
            change.container(null).traced(java.util.List.of(seen.nodeId()));
        }
        return change;
    }

    /** Stops it, after ending what else is being done to it. */
    static Instance stopped(Instance seen, ReplicaNodes nodes, String actor, Instant now) {
        if (seen.status() == ReplicaState.STOPPING
                || seen.status() == ReplicaState.STOPPED
                || seen.status() == ReplicaState.DELETING) {
            return seen;
        }
        // what a node that is away may have of it is stopped when that registers
        var change = (seen.container() == null ? nodes.aimed(seen) : seen.change())
                .wanted()
                .at(now);
        if (!seen.status().isTransitional() && seen.container() == null) {
            return change.status(ReplicaState.STOPPED).done();
        }
        if (!seen.status().isTransitional() && !nodes.isKnown(seen.nodeId())) {
            return change.container(null)
                    .status(
                            ReplicaState.STOPPED,
                            ReasonCode.NODE_DELETED.because(
                                    "node " + seen.nodeId() + " was deleted; a container may be left there"))
                    .done();
        }
        return change.execution(Ids.next("ex"), underWay(seen), actor)
                .status(ReplicaState.STOPPING)
                .done();
    }

    /** Carries out the restart it waits for. One that has ended is started, and waits for room as a start does. */
    static Instance restarted(Instance seen, ReplicaNodes nodes, Instant now) {
        Replica.RestartWish wish = seen.replica().restart();
        boolean runs = seen.container() != null && ReplicaTransitions.runs(seen.container());
        return (runs ? seen.change() : started(seen, nodes))
                .wanted()
                .execution(Ids.next("ex"), null, wish.actor())
                .pull(wish.pull())
                .status(runs ? ReplicaState.RESTARTING : ReplicaState.DEPLOYING)
                .at(now)
                .done();
    }

    /** Removes its container and then itself, after ending what else is being done to it. */
    static Instance deleted(Instance seen, ReplicaNodes nodes, String actor, Instant now) {
        return seen.status() == ReplicaState.DELETING
                ? seen
                : nodes.aimed(seen)
                        .wanted()
                        .execution(Ids.next("ex"), underWay(seen), actor)
                        .status(ReplicaState.DELETING)
                        .at(now)
                        .done();
    }

    /** What must end before anything else is done to it. While it still waits for one to end, the newest is not made yet. */
    static String underWay(Instance seen) {
        if (!seen.status().isTransitional()) {
            return null;
        }
        return seen.endingFirst() == null ? seen.lastExecutionId() : seen.endingFirst();
    }
}
