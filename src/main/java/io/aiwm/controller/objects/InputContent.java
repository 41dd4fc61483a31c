package io.aiwm.controller.objects;

import io.aiwm.common.Failure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An input stream read by worker threads. */
final class InputContent extends PulledContent {
    /** Each is a turn of a thread: larger ones cost fewer turns. */
    private static final int PIECE = 256 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(InputContent.class);

    private final WorkerExecutor threads;
    private final InputStream in;

    InputContent(Vertx vertx, WorkerExecutor threads, InputStream in, long sizeBytes) {
        super(vertx.getOrCreateContext(), sizeBytes);
        this.threads = threads;
        this.in = in;
    }

    @Override
    protected Future<Piece> next() {
        return threads.executeBlocking(() -> in.readNBytes(PIECE), false)
                .map(bytes -> new Piece(Buffer.buffer(bytes), bytes.length < PIECE));
    }

    @Override
    protected Future<Void> release() {
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

    @Override
    protected Failure broken(Throwable cause) {
        LOG.warn("an object cannot be read on: {}", cause.toString());
        return new Failure(Failure.Kind.UNAVAILABLE, "the file cannot be read on");
    }
}
