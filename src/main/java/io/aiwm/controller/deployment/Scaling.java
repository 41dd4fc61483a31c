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
        /** It gets no new calls, and sleeps when those under way have ended, so that another has room. */
        YIELDING,
        /** It sleeps so that another has room. */
        MADE_ROOM,
        /** It was yielding and goes on: nobody waits for its room any more. */
        RESUMED,
        /** It was yielding and goes on: calls under way took too long. */
        KEPT
    }

    public Scaling(Code code, String text, Instant at) {
        this(code, text, at, null);
    }

    @JsonIgnore
    public boolean isYielding() {
        return code == Code.YIELDING;
    }
}
