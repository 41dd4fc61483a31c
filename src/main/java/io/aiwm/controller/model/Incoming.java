package io.aiwm.controller.model;

import static java.util.Objects.requireNonNull;

import io.aiwm.controller.store.Checked;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;

/**
 * A file on its way into a version, as stored in collection {@code modelIncoming} before the first of its bytes, so that
 * whatever is interrupted is found. Written by {@link ModelContent} only.
 *
 * @param key of the object that takes the bytes
 * @param reservedBytes what it counts for in quotas
 * @param sha256 of what has arrived; null: not all has
 * @param touchedAtMs when its controller last said that it is at work on it
 */
@RecordBuilder
record Incoming(
        String id,
        long version,
        String versionId,
        String path,
        String key,
        String place,
        long reservedBytes,
        String sha256,
        long sizeBytes,
        String createdBy,
        Instant createdAt,
        long touchedAtMs)
        implements Checked {
    static final String PREFIX = "in";

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(versionId, "versionId");
        requireNonNull(key, "key");
    }

    Incoming withVersion(long next) {
        return but().version(next).build();
    }

    Incoming touched(long nowMs) {
        return but().touchedAtMs(nowMs).build();
    }

    Incoming arrived(String sum, long bytes) {
        return but().sha256(sum).sizeBytes(bytes).reservedBytes(bytes).build();
    }

    private IncomingBuilder but() {
        return IncomingBuilder.builder(this);
    }
}
