package io.aiwm.controller.api;

import io.aiwm.controller.log.LogStream;
import io.aiwm.protocol.LogChunk;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;

/** Writes a log to a client as text, as fast as the client reads it, and gives it up when the client goes. */
final class LogWriter {
    /** Less than half of any idle timeout that makes sense. */
    private static final Duration STILL_HERE = Duration.ofSeconds(10);

    private final LogStream stream;
    private final HttpServerResponse response;
    private final TimestampedText timed = new TimestampedText();

    LogWriter(LogStream stream, HttpServerResponse response) {
        this.stream = stream;
        this.response = response;
    }

    /** Call on the response's context. */
    void start(Vertx vertx) {
        response.setChunked(true);
        // nothing at all, but it keeps the connection from counting as idle
        long alive = vertx.setPeriodic(STILL_HERE.toMillis(), tick -> response.write(Buffer.buffer()));
        response.closeHandler(gone -> {
            vertx.cancelTimer(alive);
            stream.close();
        });
        response.exceptionHandler(gone -> stream.close());
        stream.endHandler(end -> {
            vertx.cancelTimer(alive);
            response.end();
        });
        response.writeHead();
        stream.handler(this::write);
    }

    private void write(LogChunk chunk) {
        String text = plain(chunk);
        if (!text.isEmpty()) {
            response.write(text);
        }
        if (response.writeQueueFull()) {
            stream.pause();
            response.drainHandler(drained -> stream.resume());
        }
    }

    private String plain(LogChunk chunk) {
        String text = chunk.chunk() == null
                ? ""
                : chunk.missing() == null ? timed.of(chunk.stream(), chunk.chunk(), chunk.times()) : chunk.chunk();
        return chunk.error() == null ? text : text + "[log ended: " + chunk.error() + "]\n";
    }
}
