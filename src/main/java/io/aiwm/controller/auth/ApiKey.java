package io.aiwm.controller.auth;

import io.aiwm.inference.limit.KeyLimits;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;

/**
 * A key with which a script calls in a user's name, as stored in collection {@code apiKeys}. The key itself is not stored. Written by
 * {@link ApiKeys} only.
 *
 * @param owner the user it belongs to; the key ends with the user
 * @param ownerSince creation time of that user: a later user of the same name does not inherit the key
 * @param role of the key; the owner's present role limits it
 * @param hash SHA-256 of the key; a slow hash is not needed, because the key is random
 * @param expiresAt null: never
 * @param scope null: all
 * @param team null: that of the owner
 * @param limits null: none
 * @param limitsGranted whether an administrator set the limits; null: no
 * @param lastUsedAt with a precision of about a minute; null: never
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
        Instant lastUsedAt,
        KeyScope scope,
        String team,
        KeyLimits limits,
        Boolean limitsGranted) {

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
