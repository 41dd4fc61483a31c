package io.aiwm.controller.objects;

import io.aiwm.common.Failure;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;

/**
 * Content that is fetched piece by piece: one at a time, and only while its reader wants more. Begins with demand for
 * nothing. Callbacks come on one context.
 */
public abstract class PulledContent implements ObjectContent {
    private final Context context;
    private final long sizeBytes;
    private Handler<Buffer> handler;
    private Handler<Void> endHandler;
    private Handler<Throwable> exceptionHandler;
    private long demand;
    private boolean reading;
    private boolean over;
    private boolean closed;

    /** @param sizeBytes of the whole object */
    protected PulledContent(Context context, long sizeBytes) {
        this.context = context;
        this.sizeBytes = sizeBytes;
    }

    /** The next piece; {@code last} when none follows. Never asked for twice at once. */
    protected abstract Future<Piece> next();

    /** Gives back what reading holds; once, after the last piece or when nobody reads on. */
    protected Future<Void> release() {
        return Future.succeededFuture();
    }

    /** What a reader is told of a failure; logs it. */
    protected abstract Failure broken(Throwable cause);

    /** @param bytes may be empty */
    public record Piece(Buffer bytes, boolean last) {}

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public PulledContent handler(Handler<Buffer> reader) {
        synchronized (this) {
            handler = reader;
        }
        readNext();
        return this;
    }

    @Override
    public synchronized PulledContent pause() {
        demand = 0;
        return this;
    }

    @Override
    public PulledContent resume() {
        return fetch(Long.MAX_VALUE);
    }

    @Override
    public PulledContent fetch(long amount) {
        synchronized (this) {
            demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
        }
        readNext();
        return this;
    }

    @Override
    public synchronized PulledContent endHandler(Handler<Void> whenEnded) {
        endHandler = whenEnded;
        return this;
    }

    @Override
    public synchronized PulledContent exceptionHandler(Handler<Throwable> whenBroken) {
        exceptionHandler = whenBroken;
        return this;
    }

    @Override
    public Future<Void> close() {
        synchronized (this) {
            over = true;
            closed = true;
            if (reading) {
                return Future.succeededFuture(); // released when that piece is here
            }
        }
        return release();
    }

    private void readNext() {
        synchronized (this) {
            if (reading || over || demand == 0 || handler == null) {
                return;
            }
            reading = true;
        }
        next().onComplete(read -> context.runOnContext(now -> arrived(read.result(), read.cause())));
    }

    private void arrived(Piece piece, Throwable cause) {
        Handler<Buffer> reader;
        boolean last = piece == null || piece.last();
        synchronized (this) {
            reading = false;
            if (over) {
                release();
                return;
            }
            over = last;
            if (demand != Long.MAX_VALUE && demand > 0) {
                demand--;
            }
            reader = handler;
        }
        if (piece != null && piece.bytes().length() > 0) {
            reader.handle(piece.bytes());
        }
        if (last) {
            release().onComplete(released -> context.runOnContext(now -> ended(cause)));
        } else {
            readNext();
        }
    }

    private void ended(Throwable cause) {
        synchronized (this) {
            if (closed) {
                return;
            }
        }
        if (cause != null) {
            Failure told = broken(cause);
            if (exceptionHandler != null) {
                exceptionHandler.handle(told);
            }
        } else if (endHandler != null) {
            endHandler.handle(null);
        }
    }
}
