package io.aiwm.worker.container;

/** The states of a container in its engine. */
public enum EngineState {
    CREATED("created"),
    RUNNING("running"),
    PAUSED("paused"),
    /** It ended, and the engine starts it again. */
    RESTARTING("restarting"),
    EXITED("exited"),
    /** The engine could not remove it. */
    DEAD("dead"),
    /** One that is not known here; reports name it in the engine's word. */
    OTHER("");

    private final String word;

    EngineState(String word) {
        this.word = word;
    }

    static EngineState of(String word) {
        for (EngineState state : values()) {
            if (state.word.equals(word)) {
                return state;
            }
        }
        return OTHER;
    }

    /** The engine's word for it. */
    String word() {
        return word;
    }

    /** Whether the container has ended and the engine does not start it again. */
    public boolean isEnded() {
        return this == EXITED || this == DEAD;
    }
}
