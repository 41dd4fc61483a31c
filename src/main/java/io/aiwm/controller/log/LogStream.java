package io.aiwm.controller.log;

import io.aiwm.protocol.LogChunk;
import io.aiwm.protocol.LogChunkBuilder;
import io.aiwm.protocol.LogsFollow;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.streams.ReadStream;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * One log being read. A paused reader gives the worker no more credit, so at most so many chunks (64 KiB each) as its window
 * is wide wait here. All callbacks come on the reader's context.
 */
public final class LogStream implements ReadStream<LogChunk> {
    /** Chunks that may be under way or waiting, where few logs are read together. */
    static final int WINDOW = 16;

    /** Who ended it. */
    enum End {
        BY_WORKER,
        BY_READER
    }

    private final Context context;
    private final String nodeId;
    private final int window;
    private final IntConsumer credit;
    private final Consumer<End> closed;
    private final String streamId;
    private final Queue<LogChunk> waiting = new ArrayDeque<>();
    private volatile Handler<LogChunk> handler;
    private Handler<Void> endHandler;
    private Runnable released = () -> {};
    private long demand = Long.MAX_VALUE;
    private long expected;
    private int used;
    private boolean done;
    private boolean delivering;
    private boolean heard;

    LogStream(Context context, String nodeId, LogsFollow request, IntConsumer credit, Consumer<End> closed) {
        this.context = context;
        this.nodeId = nodeId;
        this.streamId = request.streamId();
        this.window = request.credit();
        this.credit = credit;
        this.closed = closed;
    }

    String nodeId() {
        return nodeId;
    }

    /** Ends it because nobody reads any more. Harmless twice. */
    public void close() {
        context.runOnContext(go -> {
            if (!done) {
                done = true;
                waiting.clear();
                closed.accept(End.BY_READER);
            }
        });
    }

    void closeUnread() {
        if (handler == null) {
            close();
        }
    }

    /** Any thread. */
    void arrived(LogChunk chunk) {
        context.runOnContext(go -> take(chunk));
    }

    /** Says that it is to end with its container, which it did not until now. */
    public void release() {
        if (!done) {
            released.run();
        }
    }

    LogStream onRelease(Runnable tell) {
        released = tell;
        return this;
    }

    /** Any thread: there is no more to come, and the reader is told why. */
    void broken(String why) {
        context.runOnContext(go -> finish(why, End.BY_WORKER));
    }

    /**
     * Any thread, now and then. When nothing has come since the last time the worker is asked again: one that was restarted
     * knows nothing of this log, begins it anew, and that is noticed.
     */
    void quiet() {
        context.runOnContext(go -> {
            if (!done && !heard && handler != null && demand > 0 && waiting.isEmpty()) {
                credit.accept(0);
            }
            heard = false;
        });
    }

    private void take(LogChunk chunk) {
        if (done) {
            return;
        }
        heard = true;
        if (chunk.from() < expected) {
            if (chunk.from() == 0) {
                finish("the worker was restarted", End.BY_READER);
            }
            return; // a repeated delivery
        }
        if (waiting.size() > window) {
            finish("the worker sends more than it may", End.BY_READER);
            return;
        }
        long lost = chunk.from() - expected;
        if (lost > 0) {
            waiting.add(ours("[" + lost + " pieces of the log were lost on the way]\n", LogChunk.UNKNOWN, null));
            used += (int) Math.min(lost, window) - 1;
        }
        expected = chunk.from() + 1;
        waiting.add(LogTimes.checked(chunk));
        if (chunk.end()) {
            done = true;
            closed.accept(End.BY_WORKER);
        }
        deliver();
    }

    private void finish(String why, End by) {
        if (!done) {
            done = true;
            waiting.add(ours("", null, why));
            closed.accept(by);
            deliver();
        }
    }

    /** A piece that did not come from the worker; with an error it is the last one. */
    private LogChunk ours(String text, Long missing, String error) {
        return LogChunkBuilder.builder().streamId(streamId).from(expected).chunk(text).stream("stderr")
                .missing(missing)
                .end(error != null)
                .error(error)
                .build();
    }

    private void deliver() {
        if (delivering) {
            return;
        }
        delivering = true;
        while (demand > 0 && handler != null && !waiting.isEmpty()) {
            LogChunk chunk = waiting.poll();
            if (demand != Long.MAX_VALUE) {
                demand--;
            }
            used++;
            handler.handle(chunk);
            if (chunk.end() && endHandler != null) {
                endHandler.handle(null);
            }
        }
        delivering = false;
        if (!done && used >= (window + 1) / 2) {
            int given = used;
            used = 0;
            credit.accept(given);
        }
    }

    @Override
    public LogStream handler(Handler<LogChunk> reader) {
        handler = reader;
        context.runOnContext(go -> deliver());
        return this;
    }

    @Override
    public LogStream pause() {
        demand = 0;
        return this;
    }

    @Override
    public LogStream resume() {
        return fetch(Long.MAX_VALUE);
    }

    @Override
    public LogStream fetch(long amount) {
        demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
        context.runOnContext(go -> deliver());
        return this;
    }

    @Override
    public LogStream endHandler(Handler<Void> whenEnded) {
        endHandler = whenEnded;
        return this;
    }

    /** Never called: why a log ended early stands in its last chunk. */
    @Override
    public LogStream exceptionHandler(Handler<Throwable> whenBroken) {
        return this;
    }
}
