package io.aiwm.controller.objects;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;

/**
 * An object that arrives in one or several requests, and survives a restart of the controller between them. Nothing is under
 * its key before {@link #complete}. Whatever {@link #append} has taken is durable, also when the sender breaks off; it is
 * continued at {@link #offset} through {@link ObjectStore#resumeUpload}, at any controller that has the same store.
 *
 * <p>One operation at a time: another one begun meanwhile fails with CONFLICT, which can be repeated. Two controllers must
 * not append to the same upload at the same time; the record that names the upload decides who may.
 *
 * <p>At most {@value S3Parts#PART_BYTES} bytes of it are in memory for each of at most two parts, and only while a request is
 * under way.
 */
public interface ObjectUpload {

    String key();

    /** Names the upload in {@link ObjectStore#resumeUpload}; at most 1,024 printable characters. */
    String id();

    /** How many bytes are durable. */
    long offset();

    /**
     * Reads the content to its end and adds it to what is there. Handlers are set on the content before this returns.
     * Succeeds with the new offset. Fails with INVALID when the content breaks off (what came before is kept, see
     * {@link #offset}), with TOO_LARGE past the declared size (the content is then left paused), with UNAVAILABLE when the
     * store does not take it, with NOT_FOUND when the upload was completed or aborted by somebody else.
     */
    Future<Long> append(ReadStream<Buffer> content);

    /**
     * Makes it an object, replacing what was under the key; the size and the checksum are those of the stored bytes. Bytes
     * that passed through another process, or through this one before a restart, are read once more for the checksum, so
     * this may take as long as reading the object. Repeating it is harmless. Fails with CONFLICT while there are fewer bytes
     * than were declared.
     */
    Future<ObjectStore.Stored> complete();

    /** Throws away what has arrived. Repeating it is harmless. */
    Future<Void> abort();
}
