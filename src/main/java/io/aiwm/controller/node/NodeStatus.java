package io.aiwm.controller.node;

/**
 * How a node is, as last known. Beside it stand {@code schedulable} (cordon) and drain.
 *
 * <pre>
 * PENDING -> IDLE <-> BUSY -> UNHEALTHY -> OFFLINE -> (registers) -> IDLE
 * </pre>
 */
public enum NodeStatus {
    /** Made over the API, never seen. */
    PENDING,
    IDLE,
    /** Runs at least one command or holds at least one claim. */
    BUSY,
    /** Heartbeats are late, or it is cooling down after failures: gets no new work, keeps what it has. */
    UNHEALTHY,
    /** Silent for so long that its work is taken as lost. */
    OFFLINE;

    /** Whether it may be given work. */
    public boolean isUp() {
        return switch (this) {
            case IDLE, BUSY -> true;
            case PENDING, UNHEALTHY, OFFLINE -> false;
        };
    }
}
