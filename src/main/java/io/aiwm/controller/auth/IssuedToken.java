package io.aiwm.controller.auth;

import java.time.Instant;

/** A new token. The text is shown once and stored nowhere; the id (its jti) is what it is listed and revoked by. */
public record IssuedToken(String token, String tokenId, Instant expiresAt) {
    @Override
    public String toString() {
        return "IssuedToken[" + tokenId + "]";
    }
}
