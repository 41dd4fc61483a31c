package io.aiwm.controller.store;

import io.aiwm.protocol.Failure;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An input stream read by worker threads, one piece at a time and only when it is wanted. Begins paused. */
final class InputContent implements ObjectContent {
    private static final int PIECE = 64 * 1024;
    private static final Logger LOG = LoggerFactory.getLogger(InputContent.class);

    private final WorkerExecutor threads;
    private final Context context;
    private final InputStream in;
    private final long sizeBytes;
    private Handler<Buffer> handler;
    private Handler<Void> endHandler;
    private Handler<Throwable> exceptionHandler;
    private long demand;
    private boolean reading;
    private boolean over;

    InputContent(Vertx vertx, WorkerExecutor threads, InputStream in, long sizeBytes) {
        this.threads = threads;
        this.context = vertx.getOrCreateContext();
        this.in = in;
        this.sizeBytes = sizeBytes;
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public InputContent handler(Handler<Buffer> reader) {
        synchronized (this) {
            handler = reader;
        }
        readNext();
        return this;
    }

    @Override
    public synchronized InputContent pause() {
        demand = 0;
        return this;
    }

    @Override
    public InputContent resume() {
        return fetch(Long.MAX_VALUE);
    }

    @Override
    public InputContent fetch(long amount) {
        synchronized (this) {
            demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
        }
        readNext();
        return this;
    }

    @Override
    public synchronized InputContent endHandler(Handler<Void> whenEnded) {
        endHandler = whenEnded;
        return this;
    }

    @Override
    public synchronized InputContent exceptionHandler(Handler<Throwable> whenBroken) {
        exceptionHandler = whenBroken;
        return this;
    }

    @Override
    public Future<Void> close() {
        synchronized (this) {
            over = true;
            if (reading) {
                return Future.succeededFuture(); // closed when that piece is here
            }
        }
        return closeIn();
    }

    private void readNext() {
        synchronized (this) {
            if (reading || over || demand == 0 || handler == null) {
                return;
            }
            reading = true;
        }
        threads.executeBlocking(() -> in.readNBytes(PIECE), false)
                .onComplete(read -> context.runOnContext(
                        now -> arrived(read.succeeded() ? Buffer.buffer(read.result()) : null, read.cause())));
    }

    private void arrived(Buffer piece, Throwable cause) {
        Handler<Buffer> reader;
        boolean last = piece == null || piece.length() < PIECE;
        synchronized (this) {
            reading = false;
            if (over) {
                closeIn();
                return;
            }
            over = last;
            if (demand != Long.MAX_VALUE && demand > 0) {
                demand--;
            }
            reader = handler;
        }
        if (piece != null && piece.length() > 0) {
            reader.handle(piece);
        }
        if (!last) {
            readNext();
            return;
        }
        closeIn().onComplete(closed -> context.runOnContext(now -> ended(cause)));
    }

    private void ended(Throwable cause) {
        if (cause == null) {
            if (endHandler != null) {
                endHandler.handle(null);
            }
            return;
        }
        LOG.warn("an object cannot be read on: {}", cause.toString());
        if (exceptionHandler != null) {
            exceptionHandler.handle(new Failure(Failure.Kind.UNAVAILABLE, "the file cannot be read on"));
        }
    }

    private Future<Void> closeIn() {
        return threads.executeBlocking(
                () -> {
                    try {
                        in.close();
                    } catch (IOException cause) {
                        LOG.debug("an object did not close cleanly", cause);
                    }
                    return null;
                },
                false);
    }
}
