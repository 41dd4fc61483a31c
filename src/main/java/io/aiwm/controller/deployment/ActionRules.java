package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;

/** When an action on a deployment is refused because of what is being done to it, or where it is. */
final class ActionRules {
    private ActionRules() {}

    static void notDeleting(Deployment seen) {
        if (seen.isDeleting()) {
            throw Failure.conflict("deployment " + seen.id() + " is DELETING");
        }
    }

    static void idle(Deployment seen) {
        boolean busy =
                seen.instances().stream().anyMatch(replica -> replica.state().isTransitional());
        if (seen.isDeleting() || (seen.status().isTransitional() && busy)) {
            String by = seen.instances().stream()
                    .filter(replica -> replica.state().isTransitional() && replica.lastExecutionId() != null)
                    .findFirst()
                    .map(replica -> " by execution " + replica.lastExecutionId())
                    .orElse("");
            throw Failure.busy("deployment " + seen.id() + " is " + seen.status() + by + ": wait for it, or "
                    + (seen.isRolling() ? "undo, " : "") + "stop or delete the deployment");
        }
    }

    /** @param index of the replica that it is about; null: all */
    static void idle(Deployment seen, Integer index) {
        Instance one = index == null ? null : seen.instance(index);
        if (one == null) {
            idle(seen);
        } else if (one.status().isTransitional()) {
            throw Failure.busy("replica " + index + " of deployment " + seen.id() + " is " + one.status()
                    + " by execution " + one.lastExecutionId() + ": wait for it");
        }
    }

    static void reachable(Instance seen, ReplicaNodes nodes) {
        if (!nodes.isUp(seen.nodeId())) {
            throw new Failure(Failure.Kind.UNAVAILABLE, "node " + seen.nodeId() + " is offline");
        }
    }

    /** @param version null: any */
    static void isAt(Deployment seen, Long version) {
        if (version != null && version != seen.version()) {
            throw new Failure(
                    Failure.Kind.PRECONDITION,
                    "deployment " + seen.id() + " is at version " + seen.version() + " by now");
        }
    }
}
