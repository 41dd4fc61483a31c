package io.aiwm.controller.objects;

import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.concurrent.atomic.AtomicInteger;

/** A sender that gives so many pieces as fast as it is let, and then ends or breaks. */
public final class Pieces implements ReadStream<Buffer> {
    /** How many pieces have been taken. */
    public final AtomicInteger given = new AtomicInteger();

    private final Context context;
    private final Buffer piece;
    private final int count;
    private final boolean breaks;
    private Handler<Buffer> handler;
    private Handler<Void> endHandler;
    private Handler<Throwable> exceptionHandler;
    private boolean flowing;
    private boolean over;

    private Pieces(Vertx vertx, Buffer piece, int count, boolean breaks) {
        this.context = vertx.getOrCreateContext();
        this.piece = piece;
        this.count = count;
        this.breaks = breaks;
    }

    public static Pieces of(Vertx vertx, Buffer piece, int count) {
        return new Pieces(vertx, piece, count, false);
    }

    public static Pieces breakingAfter(Vertx vertx, Buffer piece, int count) {
        return new Pieces(vertx, piece, count, true);
    }

    private void next() {
        context.runOnContext(now -> {
            if (!flowing || over || handler == null) {
                return;
            }
            if (given.get() < count) {
                given.incrementAndGet();
                handler.handle(piece);
                next();
                return;
            }
            over = true;
            if (breaks) {
                exceptionHandler.handle(new IllegalStateException("gone"));
            } else {
                endHandler.handle(null);
            }
        });
    }

    @Override
    public Pieces exceptionHandler(Handler<Throwable> whenBroken) {
        exceptionHandler = whenBroken;
        return this;
    }

    @Override
    public Pieces handler(Handler<Buffer> reader) {
        handler = reader;
        return this;
    }

    @Override
    public Pieces pause() {
        flowing = false;
        return this;
    }

    @Override
    public Pieces resume() {
        flowing = true;
        next();
        return this;
    }

    @Override
    public Pieces fetch(long amount) {
        return resume();
    }

    @Override
    public Pieces endHandler(Handler<Void> whenEnded) {
        endHandler = whenEnded;
        return this;
    }
}
