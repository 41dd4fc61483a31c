package io.aiwm.controller.auth;

import java.time.Instant;

/**
 * Who calls, as its token or API key says.
 *
 * @param name user name, or node id for NODE; with an API key its owner's
 * @param tokenId the token's jti, by which it can be revoked, or the API key's id
 * @param expiresAt null: an API key that does not end by itself
 * @param userVersion the user's {@link User#tokenVersion} the token was made with
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
