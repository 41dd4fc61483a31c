package io.aiwm.controller.objects;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;

/** An object, or a part of it, being read. A paused reader holds no thread and at most one piece of 64 KiB. */
public interface ObjectContent extends ReadStream<Buffer> {

    /** Of the whole object, in bytes, whatever part of it is read. */
    long sizeBytes();

    /** Reads all that is left of it into memory, which its reader has limited. Fails when it breaks. */
    default Future<Buffer> whole() {
        Promise<Buffer> all = Promise.promise();
        Buffer sum = Buffer.buffer();
        exceptionHandler(all::tryFail);
        endHandler(end -> all.tryComplete(sum));
        handler(sum::appendBuffer);
        resume();
        return all.future();
    }

    /** Nobody reads on; harmless after the end and twice. No callback comes afterwards. */
    Future<Void> close();
}
