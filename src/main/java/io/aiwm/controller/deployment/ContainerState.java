package io.aiwm.controller.deployment;

/** The states of a container, by the words of its engine that workers report and records keep. */
enum ContainerState {
    CREATED("created", true),
    RUNNING("running", true),
    PAUSED("paused", true),
    /** It ended, and the engine starts it again. */
    RESTARTING("restarting", true),
    EXITED("exited", false),
    /** The engine could not remove it. */
    DEAD("dead", false),
    REMOVED("removed", false);

    private final String wire;
    private final boolean up;

    ContainerState(String wire, boolean up) {
        this.wire = wire;
        this.up = up;
    }

    /** A word that is absent, or that only a newer worker knows, reads as RUNNING. */
    static ContainerState of(String word) {
        for (ContainerState state : values()) {
            if (state.is(word)) {
                return state;
            }
        }
        return RUNNING;
    }

    /** Whether a report names exactly this state. */
    boolean is(String word) {
        return wire.equals(word);
    }

    /** The word for it in records and reports. */
    String wire() {
        return wire;
    }

    /** Whether a container in this state holds its resources. */
    boolean isUp() {
        return up;
    }
}
