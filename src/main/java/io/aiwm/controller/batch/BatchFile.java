package io.aiwm.controller.batch;

import static java.util.Objects.requireNonNull;

import io.aiwm.controller.store.ValidatedRecord;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;

/**
 * A file of {@code /v1/files}, as stored in collection {@code batchFiles} before its content comes. Written by {@link BatchFiles} only.
 *
 * @param ownerSince see {@link Owner#since}
 * @param keyId null: made with a signed token
 * @param purpose {@code batch} of what is uploaded, {@code batch_output} of results
 * @param bytes what it counts for in quotas: of one that is coming what was said, or the most that may come
 * @param ready whether its content has come
 * @param holder the process that takes its content in
 * @param expiresAtMs when it is deleted
 */
@RecordBuilder
public record BatchFile(
        String id,
        long version,
        String owner,
        Instant ownerSince,
        String keyId,
        String name,
        String purpose,
        long bytes,
        boolean ready,
        String holder,
        Instant createdAt,
        long expiresAtMs)
        implements ValidatedRecord {
    public static final String INPUT = "batch";
    public static final String OUTPUT = "batch_output";

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(owner, "owner");
        requireNonNull(name, "name");
        requireNonNull(purpose, "purpose");
        requireNonNull(createdAt, "createdAt");
    }

    public Owner by() {
        return new Owner(owner, ownerSince, keyId);
    }

    String key() {
        return "batch/files/" + id;
    }

    BatchFile withVersion(long next) {
        return but().version(next).build();
    }

    BatchFileBuilder but() {
        return BatchFileBuilder.builder(this);
    }
}
