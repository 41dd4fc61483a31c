package io.aiwm.controller.objects;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.nio.file.Path;

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

    /** In bytes. */
    Future<Long> size(String key);

    /** No object of that key is a success. */
    Future<Void> delete(String key);

    Future<Void> close();

    /** @param sha256 of the content, 64 hexadecimal digits */
    record Stored(long sizeBytes, String sha256) {}
}
