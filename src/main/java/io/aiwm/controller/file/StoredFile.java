package io.aiwm.controller.file;

import static java.util.Objects.requireNonNull;

import io.aiwm.controller.store.Checked;
import io.aiwm.protocol.FileKind;
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
        implements Checked {
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
        return new StoredFile(
                id, 1, State.writing, kind, jobId, commandId, null, 0, by, now, now.toEpochMilli(), place);
    }

    /** @param where it was written in the end, which may be another controller than the one that began */
    StoredFile ready(String sum, long size, String where) {
        return new StoredFile(
                id, version, State.ready, kind, jobId, commandId, sum, size, createdBy, createdAt, createdAtMs, where);
    }

    StoredFile deleting() {
        return new StoredFile(
                id,
                version,
                State.deleting,
                kind,
                jobId,
                commandId,
                sha256,
                sizeBytes,
                createdBy,
                createdAt,
                createdAtMs,
                place);
    }

    StoredFile ofJob(String job) {
        return new StoredFile(
                id, version, state, kind, job, commandId, sha256, sizeBytes, createdBy, createdAt, createdAtMs, place);
    }

    StoredFile at(String where) {
        return new StoredFile(
                id,
                version,
                state,
                kind,
                jobId,
                commandId,
                sha256,
                sizeBytes,
                createdBy,
                createdAt,
                createdAtMs,
                where);
    }

    StoredFile withVersion(long next) {
        return new StoredFile(
                id, next, state, kind, jobId, commandId, sha256, sizeBytes, createdBy, createdAt, createdAtMs, place);
    }

    /** What its bytes are called in an object store. */
    String key() {
        return key(id);
    }

    static String key(String id) {
        return "files/" + id;
    }
}
