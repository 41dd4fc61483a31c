package io.aiwm.controller.execution;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What becomes of a step whose node went silent while it held an attempt. Travels in lower case. */
public enum OnNodeLost {
    /** Close the attempt as lost and open the next one elsewhere; the old one may still run until its node returns. */
    RESCHEDULE,
    /** Keep waiting for the node, up to the step's deadline: never runs twice at once. */
    WAIT,
    FAIL;

    @JsonValue
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    @JsonCreator
    public static OnNodeLost ofWire(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
