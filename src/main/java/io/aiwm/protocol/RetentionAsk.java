package io.aiwm.protocol;

import java.util.List;

/**
 * Worker to controller, before it removes images and volumes that nothing on its machine uses: what is still wanted here?
 * Answered with {@link RetentionKept}; without an answer nothing is removed.
 *
 * @param askId chosen by the worker; the answer repeats it
 * @param owners deployments and jobs that volumes belonged to, at most {@value #MOST_OWNERS}
 */
public record RetentionAsk(String sessionId, String askId, List<String> owners) {
    public static final String TYPE = "retention.ask";
    public static final int MOST_OWNERS = 100;

    public RetentionAsk {
        owners = owners == null ? List.of() : owners;
    }
}
