package io.aiwm.controller.file;

import io.aiwm.protocol.FileKind;
import java.time.Instant;

/**
 * What is known of one file; its bytes are in the object store under {@link #key}.
 *
 * @param jobId whose it is, an execution's id; null for an upload that no job has used yet
 * @param commandId which attempt made it; null for an upload
 * @param sha256 64 hexadecimal digits; null while it is being written
 * @param createdBy the user who uploaded it, or the node it came from
 * @param createdAtMs the same as createdAt, to be asked for
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
        long createdAtMs) {

    /** A file can be read while it is ready; the other two are seen by sweeps alone. */
    public enum State {
        writing,
        ready,
        deleting
    }

    static StoredFile begun(String id, FileKind kind, String jobId, String commandId, String by, Instant now) {
        return new StoredFile(id, 1, State.writing, kind, jobId, commandId, null, 0, by, now, now.toEpochMilli());
    }

    StoredFile ready(String sum, long size) {
        return new StoredFile(
                id, version, State.ready, kind, jobId, commandId, sum, size, createdBy, createdAt, createdAtMs);
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
                createdAtMs);
    }

    StoredFile ofJob(String job) {
        return new StoredFile(
                id, version, state, kind, job, commandId, sha256, sizeBytes, createdBy, createdAt, createdAtMs);
    }

    StoredFile withVersion(long next) {
        return new StoredFile(
                id, next, state, kind, jobId, commandId, sha256, sizeBytes, createdBy, createdAt, createdAtMs);
    }

    /** Where its bytes are. */
    String key() {
        return "files/" + id;
    }
}
