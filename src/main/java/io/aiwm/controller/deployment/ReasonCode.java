package io.aiwm.controller.deployment;

import java.util.regex.Pattern;

/** Why a deployment, or a replica of it, is in its status. Decisions are made on the code; the words beside it are for people. */
public enum ReasonCode {
    /** Its execution waits, for room or for a node. */
    WAITING,
    /** It could not be started; it is tried again. */
    START_FAILED,
    /** It cannot be started as it is asked for. */
    START_REFUSED,
    /** It failed again and again, and is not started any more by itself. */
    CRASH_LOOP,
    /** It is to have no replicas. */
    SCALED_TO_ZERO,
    UPDATE_FAILED,
    RESTART_FAILED,
    MOVE_FAILED,
    STOP_FAILED,
    DELETE_FAILED,
    SLEEP_FAILED,
    WAKE_FAILED,
    NODE_OFFLINE,
    NODE_DELETED,
    /** Its node is lost, and it is deployed on another. */
    NODE_LOST,
    NODE_DRAINED,
    /** Its container ran although it is to be stopped. */
    RAN_AGAIN,
    CONTAINER_PAUSED,
    CONTAINER_RESTARTING,
    CONTAINER_ENDED,
    CONTAINER_REMOVED,
    UNHEALTHY,
    /** It runs, and is not ready for the first time since it was started. */
    STARTING,
    STARTUP_PROBE_FAILED,
    READINESS_PROBE_FAILED,
    LIVENESS_PROBE_FAILED;

    private static final Pattern ENDED = Pattern.compile("container (ended by itself without an error"
            + "|(ended|exited with -?[0-9]+)( \\(out of memory\\))?(; the engine restarts it)?)");

    Reason because(String text) {
        return new Reason(this, text);
    }

    /** The code for a probe that fails, by its name. */
    static ReasonCode ofProbe(String probe) {
        return switch (probe == null ? "" : probe) {
            case "startup" -> STARTUP_PROBE_FAILED;
            case "readiness" -> READINESS_PROBE_FAILED;
            case "liveness" -> LIVENESS_PROBE_FAILED;
            default -> UNHEALTHY;
        };
    }

    /** Whether its container is restarted, again and again where that does not help. */
    boolean meansRestarts() {
        return this == CONTAINER_RESTARTING || this == STARTUP_PROBE_FAILED || this == LIVENESS_PROBE_FAILED;
    }

    /** Whether its container runs and is found not to be well, by its own health check or by a probe. */
    boolean meansUnwell() {
        return this == UNHEALTHY || this == READINESS_PROBE_FAILED || meansRestarts();
    }

    /** The code and the words. */
    record Reason(ReasonCode code, String text) {}

    /** Returns the code for a record from before there were codes, by its words. Null: none that decisions ask for. */
    static ReasonCode ofWords(String text) {
        if (text == null) {
            return null;
        }
        if (text.startsWith("move failed")) {
            return MOVE_FAILED;
        }
        if (text.startsWith("node ") && text.endsWith(" is offline")) {
            return NODE_OFFLINE;
        }
        if (text.startsWith("node ") && text.endsWith(" was deleted")) {
            return NODE_DELETED;
        }
        if (text.startsWith("container was removed from node ")) {
            return CONTAINER_REMOVED;
        }
        if (!ENDED.matcher(text).matches()) {
            return null;
        }
        return text.endsWith("restarts it") ? CONTAINER_RESTARTING : CONTAINER_ENDED;
    }
}
