package io.aiwm.controller.model;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.aiwm.controller.store.ValidatedRecord;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;

/**
 * A file on its way into a version, as stored in collection {@code modelIncoming} before the first of its bytes, so that
 * whatever is interrupted is found. Written by {@link IncomingFiles} only.
 *
 * @param key of the object that takes the bytes
 * @param uploadId of the object store's upload; null: none was begun, or none is needed
 * @param totalBytes of the whole file; -1: not said
 * @param reservedBytes what it counts for in quotas
 * @param expectedSha256 what the file is checked against; null: nothing
 * @param sourceTag what tells one content of a URL from another; null: nothing
 * @param sha256 of what has arrived; null: not all has
 * @param commits whether the version has all its files with this one
 * @param ownVersion whether the version was made for this file alone
 * @param done it is a file of its version; the record stays for a sender who has not heard of it
 * @param holder the process that is at work on it; null: none
 * @param touchedAtMs when its holder last said so
 * @param expiresAtMs when nobody continues it any more; {@link #NEVER}: it ends with its request
 */
@RecordBuilder
record IncomingModelFile(
        String id,
        long version,
        Kind kind,
        String versionId,
        String path,
        String key,
        String place,
        String uploadId,
        long totalBytes,
        long reservedBytes,
        String expectedSha256,
        String sourceTag,
        String sha256,
        long sizeBytes,
        boolean commits,
        boolean ownVersion,
        boolean done,
        String holder,
        String createdBy,
        Instant createdAt,
        long touchedAtMs,
        long expiresAtMs)
        implements ValidatedRecord {
    static final String PREFIX = "up";
    static final long NEVER = 9_000_000_000_000_000L;

    enum Kind {
        /** One request: what breaks off is gone. */
        REQUEST,
        /** Several requests, continued by the sender. */
        TUS,
        /** Fetched by this controller, which continues it. */
        DOWNLOAD
    }

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(kind, "kind");
        requireNonNull(versionId, "versionId");
        requireNonNull(key, "key");
    }

    /** As a text, because those can be asked for; stored, and not read back. */
    @JsonProperty("phase")
    String phase() {
        return done ? "done" : "coming";
    }

    IncomingModelFile withVersion(long next) {
        return but().version(next).build();
    }

    IncomingModelFile held(String by, long nowMs, long untilMs) {
        return but().holder(by).touchedAtMs(nowMs).expiresAtMs(untilMs).build();
    }

    IncomingModelFile uploadedAs(String upload) {
        return but().uploadId(upload).build();
    }

    IncomingModelFile tagged(String tag) {
        return but().sourceTag(tag).build();
    }

    IncomingModelFile arrived(String sum, long bytes) {
        return but().sha256(sum).sizeBytes(bytes).reservedBytes(bytes).build();
    }

    IncomingModelFile finished() {
        return but().done(true).reservedBytes(0).holder(null).build();
    }

    private IncomingModelFileBuilder but() {
        return IncomingModelFileBuilder.builder(this);
    }
}
