package io.aiwm.controller.file;

import static java.util.Objects.requireNonNull;

import io.aiwm.controller.store.ValidatedRecord;
import io.aiwm.protocol.FileKind;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;

/**
 * What is known of one file; its bytes are in an object store under {@link #key()}.
 *
 * @param jobId whose it is, an execution's id; null for an upload that no job has used yet
 * @param commandId which attempt made it; null for an upload
 * @param sha256 64 hexadecimal digits; null while it is being written
 * @param createdBy the user who uploaded it, or the node it came from
 * @param createdAtMs the same as createdAt, to be asked for
 * @param place where its bytes are: the place of the object store that took them in; null in a record from before places
 *     were noted, until a controller that has them notes its own
 */
@RecordBuilder
public record StoredFile(
        String id,
        long version,
        State state,
        FileKind kind,
        String jobId,
        String commandId,
        String sha256,
        long sizeBytes,
        String createdBy,
        Instant createdAt,
        long createdAtMs,
        String place)
        implements ValidatedRecord {
    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(state, "state");
        requireNonNull(kind, "kind");
        requireNonNull(createdAt, "createdAt");
    }

    /** A file can be read while it is ready; the other two are seen by sweeps alone. */
    public enum State {
        writing,
        ready,
        deleting
    }

    static StoredFile begun(
            String id, FileKind kind, String jobId, String commandId, String by, Instant now, String place) {
        return StoredFileBuilder.builder()
                .id(id)
                .version(1)
                .state(State.writing)
                .kind(kind)
                .jobId(jobId)
                .commandId(commandId)
                .sizeBytes(0)
                .createdBy(by)
                .createdAt(now)
                .createdAtMs(now.toEpochMilli())
                .place(place)
                .build();
    }

    /** @param where it was written in the end, which may be another controller than the one that began */
    StoredFile ready(String sum, long size, String where) {
        return but().state(State.ready).sha256(sum).sizeBytes(size).place(where).build();
    }

    StoredFile deleting() {
        return but().state(State.deleting).build();
    }

    StoredFile ofJob(String job) {
        return but().jobId(job).build();
    }

    StoredFile at(String where) {
        return but().place(where).build();
    }

    StoredFile withVersion(long next) {
        return but().version(next).build();
    }

    private StoredFileBuilder but() {
        return StoredFileBuilder.builder(this);
    }

    /** What its bytes are called in an object store. */
    String key() {
        return key(id);
    }

    static String key(String id) {
        return "files/" + id;
    }
}
