package io.aiwm.controller.model;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.function.IntConsumer;

/** A stream whose bytes are counted as they pass. */
final class Counted implements ReadStream<Buffer> {
    private final ReadStream<Buffer> from;
    private final IntConsumer passed;

    Counted(ReadStream<Buffer> from, IntConsumer passed) {
        this.from = from;
        this.passed = passed;
    }

    @Override
    public Counted exceptionHandler(Handler<Throwable> handler) {
        from.exceptionHandler(handler);
        return this;
    }

    @Override
    public Counted handler(Handler<Buffer> handler) {
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
    public Counted pause() {
        from.pause();
        return this;
    }

    @Override
    public Counted resume() {
        from.resume();
        return this;
    }

    @Override
    public Counted fetch(long amount) {
        from.fetch(amount);
        return this;
    }

    @Override
    public Counted endHandler(Handler<Void> handler) {
        from.endHandler(handler);
        return this;
    }
}
