package io.aiwm.controller.node;

import io.aiwm.protocol.TokenLife;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Duration;
import java.time.Instant;

/**
 * That a token was issued, as stored in collection {@code nodeTokens}; the token itself is nowhere. A token whose record
 * is gone is revoked. Written by {@link NodeTokens} only.
 *
 * @param id the token's jti
 * @param automatic given out at a registration without token, not by an administrator
 * @param lastUsedAt when a session was last opened with it; null: never
 */
@RecordBuilder
public record NodeToken(
        String id,
        long version,
        String nodeId,
        String description,
        boolean automatic,
        Instant createdAt,
        Instant expiresAt,
        Instant lastUsedAt) {
    TokenLife life() {
        return new TokenLife(createdAt, expiresAt);
    }

    /** In whole seconds, as it was asked for: tokens end at a whole second, up to one less than that after their beginning. */
    Duration lifetime() {
        return Duration.ofSeconds(
                Duration.between(createdAt, expiresAt).plusMillis(999).toSeconds());
    }

    /** What to tell people of the end of a node's last token; null: nothing. */
    String warning(Instant now) {
        return life().endsSoon(now) ? "its last token ends at " + expiresAt + " and is not renewed yet" : null;
    }
}
