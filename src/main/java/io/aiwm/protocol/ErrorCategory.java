package io.aiwm.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What kind of thing went wrong on a worker. Travels in lower case with hyphens, e.g. {@code image-pull}. */
public enum ErrorCategory {
    INVALID,
    NOT_FOUND,
    CONFLICT,
    IMAGE_PULL,
    NETWORK,
    RESOURCE_EXHAUSTED,
    ENGINE_UNREACHABLE,
    POLICY,
    TIMEOUT,
    /** The node that ran it was lost or its attempt replaced. */
    LOST,
    /** The program ran and ended with an exit code other than 0. */
    EXIT,
    /** Work of higher priority took its place; it is queued again and no retry is used up. */
    PREEMPTED,
    /** Its node is being emptied; it is queued again and no retry is used up. */
    DRAINED,
    /** Its node did not take the command, and nothing of it has run: tried again without using up a retry, some times. */
    REFUSED,
    /** Of a turn of an agent: its prompt does not fit into the model's context, not even without its history. */
    CONTEXT_EXCEEDED,
    /** Another server that was called, such as that of a model, says that it has failed. */
    UPSTREAM,
    INTERNAL;

    @JsonValue
    public String wire() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** An unknown category of a newer worker reads as INTERNAL. */
    @JsonCreator
    public static ErrorCategory ofWire(String text) {
        for (ErrorCategory category : values()) {
            if (category.wire().equals(text)) {
                return category;
            }
        }
        return INTERNAL;
    }

    /** Whether the attempt was taken from its node by AIWM itself, which costs no retry. */
    public boolean isEviction() {
        return this == PREEMPTED || this == DRAINED;
    }

    public boolean usuallyRetryable() {
        return switch (this) {
            case IMAGE_PULL,
                    NETWORK,
                    RESOURCE_EXHAUSTED,
                    ENGINE_UNREACHABLE,
                    TIMEOUT,
                    LOST,
                    EXIT,
                    PREEMPTED,
                    DRAINED,
                    REFUSED,
                    UPSTREAM,
                    INTERNAL -> true;
            case INVALID, NOT_FOUND, CONFLICT, POLICY, CONTEXT_EXCEEDED -> false;
        };
    }
}
