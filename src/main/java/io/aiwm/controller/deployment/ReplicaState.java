package io.aiwm.controller.deployment;

import java.util.EnumSet;
import java.util.Set;

/**
 * The life of one replica of a deployment. Everything about it is here: the states, what may follow what, and which of them
 * wait for an execution.
 *
 * <pre>
 *            +------------- start, node lost -------------+
 *            v                                            |
 * PENDING -> DEPLOYING -> RUNNING &lt;-> DEGRADED -> FAILED / STOPPED
 *                           ^  |                     ^
 *                           |  +-> RESTARTING -------+
 *                           |  +-> UPDATING ---------+
 *                           |  +-> MOVING -----------+
 *                           |  +-> STOPPING ---------+
 *                           +---------(done)
 * RUNNING -> SLEEPING -> ASLEEP -> WAKING -> RUNNING, each of them -> FAILED / STOPPING
 * any -> DELETING -> (gone)
 * </pre>
 */
public enum ReplicaState {
    /** Stored; its execution is about to be made. */
    PENDING,
    /** An execution makes its container. */
    DEPLOYING,
    RUNNING,
    /** Meant to run, and something is wrong: unhealthy, restarting over and over, or its node is silent. */
    DEGRADED,
    STOPPING,
    /** Stopped by a user, or the container ended by itself without an error. Where it runs nevertheless it is stopped again. */
    STOPPED,
    RESTARTING,
    UPDATING,
    /** A container is made on another node, because its own is drained; the old one goes when the new one runs. */
    MOVING,
    /** The engine in its container is about to give the memory of its GPUs back. */
    SLEEPING,
    /** Its container is there and takes no requests: the engine in it has its model in the memory of the host. */
    ASLEEP,
    /** It waits for the GPUs that it had, and then for its engine. */
    WAKING,
    /** Being removed, for as long as it takes: the only way out is that it is gone. */
    DELETING,
    /** Not running, and nobody asked for that; the reason says why. */
    FAILED;

    private Set<ReplicaState> next() {
        return switch (this) {
            case PENDING -> EnumSet.of(DEPLOYING, RUNNING, DEGRADED, STOPPED, FAILED, STOPPING, DELETING);
            case DEPLOYING -> EnumSet.of(RUNNING, DEGRADED, STOPPED, FAILED, STOPPING, DELETING);
            case RUNNING ->
                EnumSet.of(
                        DEGRADED,
                        STOPPED,
                        FAILED,
                        DEPLOYING,
                        STOPPING,
                        RESTARTING,
                        UPDATING,
                        MOVING,
                        SLEEPING,
                        DELETING);
            case DEGRADED ->
                EnumSet.of(RUNNING, STOPPED, FAILED, DEPLOYING, STOPPING, RESTARTING, UPDATING, MOVING, DELETING);
            case STOPPING -> EnumSet.of(STOPPED, RUNNING, DEGRADED, FAILED, DELETING);
            case STOPPED -> EnumSet.of(DEPLOYING, STOPPING, DELETING);
            case RESTARTING, UPDATING, MOVING ->
                EnumSet.of(RUNNING, DEGRADED, STOPPED, FAILED, DEPLOYING, STOPPING, DELETING);
            case SLEEPING -> EnumSet.of(ASLEEP, RUNNING, DEGRADED, STOPPED, FAILED, STOPPING, DELETING);
            case ASLEEP -> EnumSet.of(WAKING, FAILED, STOPPING, DELETING);
            case WAKING -> EnumSet.of(RUNNING, DEGRADED, STOPPED, FAILED, SLEEPING, STOPPING, DELETING);
            case DELETING -> EnumSet.noneOf(ReplicaState.class);
            case FAILED -> EnumSet.of(RUNNING, DEGRADED, STOPPED, DEPLOYING, STOPPING, RESTARTING, UPDATING, DELETING);
        };
    }

    public boolean mayBecome(ReplicaState other) {
        return next().contains(other);
    }

    /** Whether it waits for an execution, and will be something else when that has ended. */
    public boolean isTransitional() {
        return switch (this) {
            case PENDING, DEPLOYING, STOPPING, RESTARTING, UPDATING, MOVING, SLEEPING, WAKING, DELETING -> true;
            case RUNNING, DEGRADED, STOPPED, ASLEEP, FAILED -> false;
        };
    }
}
