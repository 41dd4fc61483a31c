package io.aiwm.controller.objects;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Where the bytes of files live: job inputs and outputs, logs. An object is written once and whole, or not at all; a
 * succeeded write is durable. Nothing here blocks an event loop, and no more than 1 MiB of an object is in memory.
 *
 * <p>A key is one to eight names joined by {@code /}, each of 1 to 128 letters, digits, {@code . _ -} and beginning with a
 * letter or digit; anything else fails with INVALID before anything is touched, so no key leads out of the store.
 *
 * <p>All adapters pass {@code ObjectStoreContract}. Failures: NOT_FOUND where there is no such object, UNAVAILABLE when the
 * store cannot be reached or has no room; never a raw exception of a client.
 */
public interface ObjectStore {

    /** Makes what is needed for objects to be kept. Called once, before anything else. */
    Future<Void> open();

    /**
     * The name of where the objects are, known once this is open and lasting: two stores with the same name have the same
     * objects, also when they belong to two processes.
     */
    String place();

    /**
     * Reads the content to its end and keeps it under the key; replaces what was there. Handlers are set on the content
     * before this returns and it is read as fast as it can be written. Fails with TOO_LARGE past {@code maxBytes} (the
     * content is then left paused) and with INVALID when the content breaks off; nothing is kept in either case.
     */
    Future<Stored> put(String key, ReadStream<Buffer> content, long maxBytes);

    /** Keeps a file of this machine under the key and takes the file away; replaces what was there. */
    Future<Void> put(String key, Path file);

    /**
     * Opens an object for reading, paused; callbacks come on the caller's context. It must be read to its end or closed.
     *
     * @param offset first byte, from 0 to the object's size; beyond it fails with INVALID
     * @param length how many bytes at most; -1 for all that follow
     */
    Future<ObjectContent> get(String key, long offset, long length);

    /** Its size and when it was last written. */
    Future<Listed> stat(String key);

    /** In bytes. */
    default Future<Long> size(String key) {
        return stat(key).map(Listed::sizeBytes);
    }

    /** No object of that key is a success. */
    Future<Void> delete(String key);

    /**
     * Begins an upload that may be interrupted and continued. Abandoned ones stay until {@link ObjectUpload#abort}; see
     * {@link #pendingUploads}. Fails with TOO_LARGE when the store cannot hold an object of that size.
     *
     * @param sizeBytes of the whole object; -1: not known, which an S3 store can take up to 78 GiB
     */
    Future<ObjectUpload> beginUpload(String key, long sizeBytes);

    /**
     * Continues an upload. Fails with NOT_FOUND when it was completed or aborted, or never begun.
     *
     * @param sizeBytes as when it was begun
     */
    Future<ObjectUpload> resumeUpload(String key, String uploadId, long sizeBytes);

    /**
     * Uploads that were begun and neither completed nor aborted, ordered by key.
     *
     * @param prefix of their keys; may be empty
     * @param limit 1 to {@value #MOST_LISTED}
     */
    Future<List<PendingUpload>> pendingUploads(String prefix, int limit);

    /**
     * Objects in the order of the bytes of their keys.
     *
     * @param prefix of their keys; may be empty
     * @param after the key after which to begin, which need not exist; null: at the beginning
     * @param limit 1 to {@value #MOST_LISTED}
     */
    Future<Page> list(String prefix, String after, int limit);

    /**
     * A URL under which anyone can read the object by GET, whole or by ranges of bytes, until it expires. The object need not exist
     * yet. A wrong or expired signature is answered with 403. Fails with INVALID for an expiry that is not 1 s to 7 days.
     */
    Future<SignedUrl> signedUrl(String key, UrlRequest request);

    Future<Void> close();

    int MOST_LISTED = 1_000;

    /** @param sha256 of the content, 64 hexadecimal digits */
    record Stored(long sizeBytes, String sha256) {}

    record PendingUpload(String key, String uploadId, Instant begunAt) {}

    record Listed(String key, long sizeBytes, Instant modifiedAt) {}

    /** @param next the value of {@code after} for the page that follows; null: this is the last one */
    record Page(List<Listed> objects, String next) {}

    /**
     * @param fileName what a browser saves it as; null: the last name of the key
     * @param contentType null: application/octet-stream
     * @param baseUrl of this controller as the asker reaches it, such as {@code https://host:8080}, for a store whose objects
     *     the controller serves itself; null: the URL is a path, to be resolved against it
     */
    record UrlRequest(Duration expires, String fileName, String contentType, String baseUrl) {}

    record SignedUrl(String url, Instant expiresAt) {}
}
