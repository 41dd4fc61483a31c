package io.aiwm.worker.container;

import io.aiwm.worker.job.LastBytes;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of what a job's program writes, taken from the engine while it is written. The engine's own log is bounded with
 * the engine's words around each line counted in, and forgets what is older without saying how much that was.
 */
final class LogCapture implements Engine.LogListener {
    private static final Logger LOG = LoggerFactory.getLogger(LogCapture.class);
    /** After its end, for the engine to say that the container has ended too. */
    private static final long END_MILLIS = 5_000;

    private static final long EARLY_NANOS = 10_000_000_000L;

    private final Vertx vertx;
    private final LastBytes into;
    private final Promise<Void> over = Promise.promise();
    private volatile boolean broken;
    private volatile long endedNanos;

    private LogCapture(Vertx vertx, LastBytes into) {
        this.vertx = vertx;
        this.into = into;
    }

    /** Succeeds when nothing that is written from now on is missed; the program should not have been started yet. */
    static Future<LogCapture> begin(Vertx vertx, Engine engine, String containerId, Path to, long limitBytes) {
        return vertx.executeBlocking(() -> new LogCapture(vertx, new LastBytes(to, limitBytes)), false)
                .compose(capture -> engine.attach(containerId, capture)
                        .map(capture)
                        .recover(cause -> capture.drop().transform(closed -> Future.failedFuture(cause))));
    }

    @Override
    public void on(String stream, byte[] bytes) {
        if (!broken) {
            try {
                into.write(bytes, 0, bytes.length);
            } catch (IOException cause) {
                LOG.warn("the log of a job cannot be written as it comes, the engine's is taken: {}", cause.toString());
                broken = true;
            }
        }
    }

    @Override
    public void ended(Throwable cause) {
        broken |= cause != null;
        endedNanos = System.nanoTime();
        over.tryComplete();
    }

    /**
     * To be called when the container has ended.
     *
     * @return how many bytes before the kept ones were written; null when not all of it was seen here
     */
    Future<Long> finish() {
        // an engine that is restarted ends the stream, too, and the program goes on
        broken |= over.future().isComplete() && System.nanoTime() - endedNanos > EARLY_NANOS;
        return Future.any(over.future(), vertx.timer(END_MILLIS, TimeUnit.MILLISECONDS))
                .compose(ended -> drop())
                .map(closed -> broken || !over.future().isComplete() ? null : into.dropped());
    }

    private Future<Void> drop() {
        return vertx.executeBlocking(
                () -> {
                    into.close();
                    return null;
                },
                false);
    }
}
