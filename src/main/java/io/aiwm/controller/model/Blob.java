package io.aiwm.controller.model;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.aiwm.common.Failure;
import io.aiwm.controller.store.ValidatedRecord;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Content that is stored once, whoever has it, as stored in collection {@code blobs}. Written by {@link Blobs} only.
 *
 * @param id the sha256 of the content, 64 hexadecimal digits in lower case
 * @param key of the object that has the bytes
 * @param place of the object store that took them in
 * @param users ids of the versions that have it, and of uploads that are about to give it to one
 * @param deleting nobody has it any more, and it goes
 */
@RecordBuilder
public record Blob(
        String id,
        long version,
        String key,
        long sizeBytes,
        String place,
        List<String> users,
        boolean deleting,
        Instant createdAt)
        implements ValidatedRecord {
    private static final int MOST_USERS = 10_000;

    public Blob {
        users = users == null ? List.of() : List.copyOf(users);
    }

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(key, "key");
    }

    /** As a text, because those can be asked for; stored, and not read back. */
    @JsonProperty("phase")
    String phase() {
        return deleting ? "deleting" : "stored";
    }

    Blob withVersion(long next) {
        return BlobBuilder.builder(this).version(next).build();
    }

    Blob usedBy(String user) {
        if (users.contains(user)) {
            return this;
        }
        if (users.size() >= MOST_USERS) {
            throw new Failure(
                    Failure.Kind.LIMITED, MOST_USERS + " versions have a file of this content; delete some first");
        }
        var more = new ArrayList<>(users);
        more.add(user);
        return BlobBuilder.builder(this).users(more).build();
    }

    /** Without these users; the last takes the content with it. */
    Blob notUsedBy(List<String> gone) {
        if (deleting || users.stream().noneMatch(gone::contains)) {
            return this;
        }
        var fewer = new ArrayList<>(users);
        fewer.removeAll(gone);
        return BlobBuilder.builder(this).users(fewer).deleting(fewer.isEmpty()).build();
    }

    /** The same content, in another object. */
    Blob in(String otherKey, String otherPlace) {
        return BlobBuilder.builder(this)
                .key(otherKey)
                .place(otherPlace)
                .deleting(false)
                .build();
    }
}
