package io.aiwm.controller.auth;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;

/**
 * That a script may call in a user's name, as stored in collection {@code apiKeys}; the key itself is nowhere. Written by
 * {@link ApiKeys} only.
 *
 * @param owner the user it belongs to, and with whom it ends
 * @param ownerSince when that user was made: another one of the same name later does not inherit the key
 * @param role what it may do, unless its owner may do less by now
 * @param hash SHA-256 of the key; enough, because the key is as random as the hash
 * @param expiresAt null: never
 * @param lastUsedAt to the minute or so; null: never
 */
@RecordBuilder
public record ApiKey(
        String id,
        long version,
        String owner,
        Instant ownerSince,
        String name,
        Role role,
        String hash,
        Instant createdAt,
        Instant expiresAt,
        Instant lastUsedAt) {

    ApiKey with(long nextVersion, Instant nextLastUsedAt) {
        return ApiKeyBuilder.builder(this)
                .version(nextVersion)
                .lastUsedAt(nextLastUsedAt)
                .build();
    }

    @Override
    public String toString() {
        return "ApiKey[" + id + "]";
    }
}
