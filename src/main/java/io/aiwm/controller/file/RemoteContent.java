package io.aiwm.controller.file;

import io.aiwm.controller.store.ObjectContent;
import io.aiwm.protocol.Failure;
import io.aiwm.protocol.FileRange;
import io.aiwm.protocol.FileRead;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import java.util.Base64;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that another controller holds, asked for range by range: one at a time, and only when it is wanted. Begins paused,
 * with the first range at hand, so that a file that cannot be had is refused before anything of it is answered.
 */
final class RemoteContent implements ObjectContent {
    private static final Logger LOG = LoggerFactory.getLogger(RemoteContent.class);

    /** Asks for a range; fails with what a caller may be told. */
    interface Source {
        Future<FileRange> read(long from, int length);
    }

    private final Context context;
    private final Source source;
    private final long sizeBytes;
    private final long end;
    private long at;
    private Buffer ahead;
    private Handler<Buffer> handler;
    private Handler<Void> endHandler;
    private Handler<Throwable> exceptionHandler;
    private long demand;
    private boolean reading;
    private boolean over;

    private RemoteContent(Context context, Source source, FileRange first, long offset, long length) {
        this.context = context;
        this.source = source;
        this.sizeBytes = first.sizeBytes();
        this.end = length < 0 ? sizeBytes : Math.min(sizeBytes, offset + length);
        this.at = offset;
        this.ahead = bytes(first);
    }

    /**
     * Succeeds when the first range is here, and fails as it does.
     *
     * @param context where callbacks are called
     * @param offset first byte; beyond the end of the file it fails with INVALID
     * @param length how many bytes at most; -1 for all that follow
     */
    static Future<ObjectContent> open(Context context, Source source, long offset, long length) {
        return source.read(offset, length < 0 ? FileRead.MAX_BYTES : (int) Math.min(FileRead.MAX_BYTES, length))
                .map(first -> new RemoteContent(context, source, first, offset, length));
    }

    private static Buffer bytes(FileRange range) {
        return Buffer.buffer(Base64.getDecoder().decode(range.data()));
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public RemoteContent handler(Handler<Buffer> reader) {
        synchronized (this) {
            handler = reader;
        }
        readNext();
        return this;
    }

    @Override
    public synchronized RemoteContent pause() {
        demand = 0;
        return this;
    }

    @Override
    public RemoteContent resume() {
        return fetch(Long.MAX_VALUE);
    }

    @Override
    public RemoteContent fetch(long amount) {
        synchronized (this) {
            demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
        }
        readNext();
        return this;
    }

    @Override
    public synchronized RemoteContent endHandler(Handler<Void> whenEnded) {
        endHandler = whenEnded;
        return this;
    }

    @Override
    public synchronized RemoteContent exceptionHandler(Handler<Throwable> whenBroken) {
        exceptionHandler = whenBroken;
        return this;
    }

    @Override
    public synchronized Future<Void> close() {
        over = true;
        ahead = null;
        return Future.succeededFuture();
    }

    private void readNext() {
        long from;
        Buffer ready;
        synchronized (this) {
            if (reading || over || demand == 0 || handler == null) {
                return;
            }
            reading = true;
            from = at;
            ready = ahead;
            ahead = null;
        }
        Future<Buffer> range = ready != null
                ? Future.succeededFuture(ready)
                : source.read(from, (int) Math.min(FileRead.MAX_BYTES, end - from))
                        .map(RemoteContent::bytes);
        range.onComplete(read -> context.runOnContext(now -> {
            if (read.failed()) {
                broken(read.cause());
            } else if (read.result().length() == 0 && from < end) {
                broken(new Failure(Failure.Kind.UNAVAILABLE, "the file became shorter while it was read"));
            } else {
                arrived(read.result());
            }
        }));
    }

    private void arrived(Buffer range) {
        Handler<Buffer> reader;
        synchronized (this) {
            reading = false;
            if (over) {
                return;
            }
            at += range.length();
            if (demand != Long.MAX_VALUE && demand > 0) {
                demand--;
            }
            reader = handler;
        }
        if (range.length() > 0) {
            reader.handle(range);
        }
        if (at < end) {
            readNext();
        } else {
            ended();
        }
    }

    private void ended() {
        Handler<Void> whenEnded;
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
            whenEnded = endHandler;
        }
        if (whenEnded != null) {
            whenEnded.handle(null);
        }
    }

    private void broken(Throwable cause) {
        Handler<Throwable> whenBroken;
        synchronized (this) {
            reading = false;
            if (over) {
                return;
            }
            over = true;
            whenBroken = exceptionHandler;
        }
        LOG.warn("a file at another controller cannot be read on: {}", cause.getMessage());
        if (whenBroken != null) {
            whenBroken.handle(Failure.of(cause));
        }
    }
}
