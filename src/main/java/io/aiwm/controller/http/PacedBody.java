package io.aiwm.controller.http;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The body of an upload. It counts as too slow when less than 8 KiB arrive in 30 seconds in which its reader was ready for
 * more.
 */
final class PacedBody implements ReadStream<Buffer> {
    static final int LEAST_BYTES = 8 * 1024;
    static final long WITHIN_MILLIS = 30_000;

    private final ReadStream<Buffer> from;
    private final LongSupplier nanos;
    private volatile long sinceNanos;
    private volatile boolean wanted;
    private volatile boolean ended;
    /** Written on the request's event loop alone. */
    private volatile long bytes;

    /** @param nanos monotonic */
    PacedBody(ReadStream<Buffer> from, LongSupplier nanos) {
        this.from = from;
        this.nanos = nanos;
    }

    /** Asked on the request's event loop, about once a second. */
    boolean isTooSlow() {
        if (!wanted || ended || nanos.getAsLong() - sinceNanos < TimeUnit.MILLISECONDS.toNanos(WITHIN_MILLIS)) {
            return false;
        }
        boolean slow = bytes < LEAST_BYTES;
        begin();
        return slow;
    }

    private void begin() {
        bytes = 0;
        sinceNanos = nanos.getAsLong();
    }

    private void wantsMore() {
        if (!wanted) {
            begin();
            wanted = true;
        }
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    public PacedBody handler(Handler<Buffer> handler) {
        from.handler(
                handler == null
                        ? null
                        : piece -> {
                            bytes += piece.length();
                            handler.handle(piece);
                        });
        return this;
    }

    @Override
    public PacedBody pause() {
        wanted = false;
        from.pause();
        return this;
    }

    @Override
    public PacedBody resume() {
        wantsMore();
        from.resume();
        return this;
    }

    @Override
    public PacedBody fetch(long amount) {
        wantsMore();
        from.fetch(amount);
        return this;
    }

    @Override
    public PacedBody exceptionHandler(Handler<Throwable> handler) {
        from.exceptionHandler(handler);
        return this;
    }

    @Override
    public PacedBody endHandler(Handler<Void> handler) {
        from.endHandler(end -> {
            ended = true;
            if (handler != null) {
                handler.handle(null);
            }
        });
        return this;
    }
}
