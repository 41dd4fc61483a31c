package io.aiwm.controller.auth;

import java.time.Instant;

/**
 * The caller, according to its token or API key.
 *
 * @param name user name, or node id for NODE; with an API key the name of its owner
 * @param tokenId the token's jti, by which it can be revoked, or the id of the API key
 * @param expiresAt null: an API key without expiry
 * @param userVersion the user's {@link User#tokenVersion} when the token was made
 */
public record Principal(String name, Role role, String tokenId, Instant expiresAt, long userVersion) {

    public Principal(String name, Role role, String tokenId, Instant expiresAt) {
        this(name, role, tokenId, expiresAt, 0);
    }

    /** Whether a script calls with an API key, rather than someone who has signed in. */
    public boolean isApiKey() {
        return tokenId.startsWith(ApiKeys.ID_PREFIX + "_");
    }
}
