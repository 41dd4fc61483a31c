package io.aiwm.controller.api;

import io.aiwm.controller.log.LogStream;
import io.aiwm.protocol.LogChunk;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/** Writes a log to a client as fast as the client reads it, and gives it up when the client goes. */
final class LogWriter {
    /** Less than half of any idle timeout that makes sense. */
    private static final Duration STILL_HERE = Duration.ofSeconds(10);

    private final LogStream stream;
    private final HttpServerResponse response;
    private final boolean events;

    LogWriter(LogStream stream, HttpServerResponse response, boolean events) {
        this.stream = stream;
        this.response = response;
        this.events = events;
    }

    /** Call on the response's context. */
    void start(Vertx vertx) {
        response.setChunked(true);
        if (events) {
            response.putHeader("X-Accel-Buffering", "no");
        }
        // an event comment, or nothing at all: either keeps the connection from counting as idle
        long alive = vertx.setPeriodic(
                STILL_HERE.toMillis(), tick -> response.write(Buffer.buffer(events ? ": still here\n\n" : "")));
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
        String text = events ? event(chunk) : plain(chunk);
        if (!text.isEmpty()) {
            response.write(text);
        }
        if (response.writeQueueFull()) {
            stream.pause();
            response.drainHandler(drained -> stream.resume());
        }
    }

    private static String plain(LogChunk chunk) {
        String text = chunk.chunk() == null ? "" : chunk.chunk();
        return chunk.error() == null ? text : text + "[log ended: " + chunk.error() + "]\n";
    }

    private static String event(LogChunk chunk) {
        String text = chunk.chunk() == null || chunk.chunk().isEmpty()
                ? ""
                : chunk.missing() == null
                        ? StreamForm.EVENTS.log(chunk.stream(), chunk.chunk())
                        : StreamForm.EVENTS.note(chunk.chunk());
        if (!chunk.end()) {
            return text;
        }
        var end = new JsonObject();
        if (chunk.error() != null) {
            end.put("error", chunk.error());
        }
        return text + "event: end\ndata: " + end.encode() + "\n\n";
    }
}
