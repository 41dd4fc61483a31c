package io.aiwm.protocol;

import java.time.Instant;

/** Controller to worker: the token to show from now on. The one it takes the place of is good until its own end. */
public record TokenRenewed(String nodeToken, Instant expiresAt) {
    public static final String TYPE = "token.renewed";

    @Override
    public String toString() {
        return "TokenRenewed[" + expiresAt + "]";
    }
}
