package io.aiwm.controller.api;

import io.aiwm.controller.api.LineAssembler.Lines;
import io.aiwm.protocol.LogChunk;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Writes the logs of replicas to one client. Text says before each line whose it is, where there is more than one; an event
 * always does. Whoever reads slowly is said to be slow, and then nothing more may be given. On the response's context.
 */
final class ReplicaLogWriter {
    /** Less than half of any idle timeout that makes sense. */
    private static final Duration STILL_HERE = Duration.ofSeconds(10);

    private static final List<String> STREAMS = List.of("stdout", "stderr");

    private final HttpServerResponse response;
    private final boolean events;
    private final Boolean prefix;
    private final Map<Integer, LineAssembler> lines = new HashMap<>();
    private final Map<Integer, TimestampedText> timed = new HashMap<>();
    private Consumer<Boolean> slow = isSlow -> {};
    private boolean several;
    private boolean withinLine;
    private long alive;

    /** @param prefix whether lines say whose they are; null: where there are several */
    ReplicaLogWriter(HttpServerResponse response, boolean events, Boolean prefix) {
        this.response = response;
        this.events = events;
        this.prefix = prefix;
    }

    /** @param gone called when the client has left. @param slow called with whether it is slow, whenever that changes */
    void start(Vertx vertx, Runnable gone, Consumer<Boolean> slow) {
        response.setChunked(true);
        if (events) {
            response.putHeader("X-Accel-Buffering", "no");
        }
        // an event comment, or nothing at all: either keeps the connection from counting as idle
        alive = vertx.setPeriodic(
                STILL_HERE.toMillis(), tick -> response.write(Buffer.buffer(events ? ": still here\n\n" : "")));
        response.closeHandler(closed -> {
            vertx.cancelTimer(alive);
            gone.run();
        });
        response.exceptionHandler(broken -> gone.run());
        this.slow = slow;
        response.writeHead();
    }

    /** From now on there is more than one replica. */
    void several() {
        if (!several && withinLine && !events) {
            write("\n");
        }
        several = true;
    }

    private boolean isPrefixed() {
        return prefix == null ? several : prefix;
    }

    /** What a replica printed, or what is missing of it; its end is told by {@link #ended}. */
    void chunk(int replica, LogChunk chunk) {
        String text = chunk.chunk();
        if (text == null || text.isEmpty()) {
            return;
        }
        if (chunk.missing() != null) {
            note(replica, text);
            return;
        }
        Lines piece = events
                ? new Lines(text, chunk.times())
                : new Lines(timed(replica).of(chunk.stream(), text, chunk.times()), null);
        boolean whole = several || isPrefixed();
        printed(replica, chunk.stream(), whole ? of(replica).add(chunk.stream(), piece) : piece);
    }

    private LineAssembler of(int replica) {
        return lines.computeIfAbsent(replica, first -> new LineAssembler());
    }

    private TimestampedText timed(int replica) {
        return timed.computeIfAbsent(replica, first -> new TimestampedText());
    }

    private void printed(int replica, String stream, Lines piece) {
        if (!piece.text().isEmpty()) {
            write(
                    events
                            ? StreamForm.EVENTS.log(replica, stream, piece.text(), piece.times())
                            : prefixed(replica, piece.text()));
        }
    }

    /** What AIWM says of a replica's log. @param text a line */
    void note(int replica, String text) {
        write(events ? StreamForm.EVENTS.note(replica, text) : prefixed(replica, text));
    }

    private String prefixed(int replica, String text) {
        return isPrefixed()
                ? text.lines().map(line -> "[" + replica + "] " + line + "\n").collect(Collectors.joining())
                : text;
    }

    /** Nothing more comes of what the replica has begun to print. */
    void ended(int replica) {
        timed.remove(replica);
        LineAssembler begun = lines.remove(replica);
        if (begun != null) {
            STREAMS.forEach(stream -> printed(replica, stream, begun.rest(stream)));
        }
    }

    /** @param error why it ended before its time; null: it did not */
    void end(Vertx vertx, String error) {
        vertx.cancelTimer(alive);
        if (events) {
            var end = new JsonObject();
            if (error != null) {
                end.put("error", error);
            }
            write("event: end\ndata: " + end.encode() + "\n\n");
        }
        response.end();
    }

    private void write(String text) {
        withinLine = !text.endsWith("\n");
        response.write(text);
        if (response.writeQueueFull()) {
            slow.accept(true);
            response.drainHandler(drained -> slow.accept(false));
        }
    }
}
