package io.aiwm.controller.store;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;

/** An object, or a part of it, being read. A paused reader holds no thread and at most one piece of 64 KiB. */
public interface ObjectContent extends ReadStream<Buffer> {

    /** Of the whole object, in bytes, whatever part of it is read. */
    long sizeBytes();

    /** Nobody reads on; harmless after the end and twice. No callback comes afterwards. */
    Future<Void> close();
}
