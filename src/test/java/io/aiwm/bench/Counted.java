package io.aiwm.bench;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.util.concurrent.atomic.AtomicLong;

/** Counts the bytes that go into a stream. */
final class Counted implements WriteStream<Buffer> {
    private final WriteStream<Buffer> to;
    private final AtomicLong bytes;

    Counted(WriteStream<Buffer> to, AtomicLong bytes) {
        this.to = to;
        this.bytes = bytes;
    }

    @Override
    public Future<Void> write(Buffer piece) {
        bytes.addAndGet(piece.length());
        return to.write(piece);
    }

    @Override
    public Future<Void> end() {
        return to.end();
    }

    @Override
    public WriteStream<Buffer> exceptionHandler(Handler<Throwable> handler) {
        to.exceptionHandler(handler);
        return this;
    }

    @Override
    public WriteStream<Buffer> setWriteQueueMaxSize(int most) {
        to.setWriteQueueMaxSize(most);
        return this;
    }

    @Override
    public boolean writeQueueFull() {
        return to.writeQueueFull();
    }

    @Override
    public WriteStream<Buffer> drainHandler(Handler<Void> handler) {
        to.drainHandler(handler);
        return this;
    }
}
