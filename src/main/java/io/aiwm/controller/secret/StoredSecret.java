package io.aiwm.controller.secret;

import static java.util.Objects.requireNonNull;

import io.aiwm.controller.store.ValidatedRecord;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;

/**
 * A named value that is written and never shown, as stored in collection {@code secrets}. Written by {@link StoredSecrets}
 * only.
 *
 * @param id its name
 * @param version of this record
 * @param number how often a value was set, from 1
 * @param keyId of the key that the value is sealed with
 * @param sealed the value, as {@link SecretCipher} seals it
 * @param updatedBy who set the value last
 */
@RecordBuilder
public record StoredSecret(
        String id,
        long version,
        String description,
        int number,
        String keyId,
        String sealed,
        String createdBy,
        String updatedBy,
        Instant createdAt,
        Instant updatedAt)
        implements ValidatedRecord {

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(keyId, "keyId");
        requireNonNull(sealed, "sealed");
        requireNonNull(createdAt, "createdAt");
        requireNonNull(updatedAt, "updatedAt");
    }

    StoredSecret withVersion(long next) {
        return but().version(next).build();
    }

    StoredSecret sealedAs(SecretCipher.Sealed fresh) {
        return but().keyId(fresh.keyId()).sealed(fresh.text()).build();
    }

    StoredSecretBuilder but() {
        return StoredSecretBuilder.builder(this);
    }

    @Override
    public String toString() {
        return "StoredSecret[" + id + " " + number + "]";
    }
}
