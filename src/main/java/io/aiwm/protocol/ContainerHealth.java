package io.aiwm.protocol;

import java.util.Locale;

/** What the health check of a container says. */
public enum ContainerHealth {
    /** There is no health check. */
    NONE,
    STARTING,
    HEALTHY,
    UNHEALTHY;

    /** A word that is absent, or that is not known here, reads as NONE. */
    public static ContainerHealth of(String word) {
        for (ContainerHealth health : values()) {
            if (health.wire().equals(word)) {
                return health;
            }
        }
        return NONE;
    }

    /** The word for it in messages, which is also the engine's. */
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
