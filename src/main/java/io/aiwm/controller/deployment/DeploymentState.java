package io.aiwm.controller.deployment;

/** What a deployment is as a whole: {@link DeploymentSummary} says it from the states of its replicas. */
public enum DeploymentState {
    /** Stored; its replicas are about to be made. */
    PENDING,
    /** Executions make its containers. */
    DEPLOYING,
    RUNNING,
    /** Meant to run, and something is wrong with some of it: the reason says what. */
    DEGRADED,
    STOPPING,
    /** Stopped by a user, or its containers ended by themselves without an error. */
    STOPPED,
    RESTARTING,
    UPDATING,
    /** A container is made on another node, because its own is drained. */
    MOVING,
    /** It has no replicas, and containers of it are there whose engines sleep. */
    ASLEEP,
    /** Being removed, for as long as it takes: the only way out is that it is gone. */
    DELETING,
    /** Nothing of it runs, and nobody asked for that; the reason says why. */
    FAILED;

    /** Whether executions work on it, so that it will be something else when they have ended. */
    public boolean isTransitional() {
        return switch (this) {
            case PENDING, DEPLOYING, STOPPING, RESTARTING, UPDATING, MOVING, DELETING -> true;
            case RUNNING, DEGRADED, STOPPED, ASLEEP, FAILED -> false;
        };
    }
}
