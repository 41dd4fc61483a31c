package io.aiwm.controller.model;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.function.IntConsumer;

/** A stream whose bytes are counted as they pass. */
final class CountedStream implements ReadStream<Buffer> {
    private final ReadStream<Buffer> from;
    private final IntConsumer passed;

    CountedStream(ReadStream<Buffer> from, IntConsumer passed) {
        this.from = from;
        this.passed = passed;
    }

    @Override
    public CountedStream exceptionHandler(Handler<Throwable> handler) {
        from.exceptionHandler(handler);
        return this;
    }

    @Override
    public CountedStream handler(Handler<Buffer> handler) {
        from.handler(
                handler == null
                        ? null
                        : piece -> {
                            passed.accept(piece.length());
                            handler.handle(piece);
                        });
        return this;
    }

    @Override
    public CountedStream pause() {
        from.pause();
        return this;
    }

    @Override
    public CountedStream resume() {
        from.resume();
        return this;
    }

    @Override
    public CountedStream fetch(long amount) {
        from.fetch(amount);
        return this;
    }

    @Override
    public CountedStream endHandler(Handler<Void> handler) {
        from.endHandler(handler);
        return this;
    }
}
