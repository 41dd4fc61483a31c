package io.aiwm.controller.deployment;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;

/**
 * What the autoscaler decided last of a deployment, and why.
 *
 * @param text the same in words
 * @param forId the deployment that it makes room for; null: none
 */
public record Scaling(Code code, String text, Instant at, String forId) {

    /** Why it has the number of replicas that it has. */
    public enum Code {
        /** A call came while it slept. */
        WOKEN,
        BELOW_MINIMUM,
        MORE_CALLS,
        FEWER_CALLS,
        /** No call came for long. */
        IDLE,
        /** It was woken, and not ready until nobody waited for it any more. What runs in the background wakes it only later again. */
        IN_VAIN,
        /** It gets no new calls, and sleeps when those under way have ended, so that another has room. */
        YIELDING,
        /** It sleeps so that another has room. */
        MADE_ROOM,
        /** What of it sleeps is removed, so that another has the memory of the host. */
        EVICTED,
        /** Where it sleeps it has no room; it is started anew, wherever there is some. */
        ELSEWHERE,
        /** It was yielding and goes on: nobody waits for its room any more. */
        RESUMED,
        /** It was yielding and goes on: calls under way took too long. */
        KEPT
    }

    public Scaling(Code code, String text, Instant at) {
        this(code, text, at, null);
    }

    /** Whether what has no replicas for this reason may sleep instead of being removed. */
    @JsonIgnore
    boolean maySleep() {
        return code == Code.IDLE || code == Code.IN_VAIN || code == Code.MADE_ROOM;
    }

    @JsonIgnore
    public boolean isYielding() {
        return code == Code.YIELDING;
    }
}
