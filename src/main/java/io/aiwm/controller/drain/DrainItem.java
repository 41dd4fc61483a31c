package io.aiwm.controller.drain;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * Something that is still on a draining node.
 *
 * @param id of its execution or deployment
 * @param stepIndex null for a deployment
 * @param reason in words; null when there is nothing to say
 */
public record DrainItem(Kind kind, String id, Integer stepIndex, String name, State state, String reason) {

    public enum Kind {
        STEP,
        JOB,
        DEPLOYMENT;

        @JsonValue
        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public enum State {
        /** May finish by itself until the deadline. */
        RUNNING,
        /** Is being taken away, or made elsewhere. */
        MIGRATING,
        /** Can run nowhere else, and is left alone unless the drain is forced. */
        BLOCKED
    }
}
