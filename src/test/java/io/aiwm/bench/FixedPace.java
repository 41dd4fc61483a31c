package io.aiwm.bench;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Streams of an engine that takes no notice of how far its callers are: each chunk has its moment, and one that is late does not put off
 * those behind it. A chunk says when it was due, in {@link System#nanoTime}, which all processes of a machine share. For one event
 * loop.
 */
final class FixedPace {
    /** Before the moment, of which each has this many digits. */
    static final String MARK = "\"id\":\"at-";

    static final int DIGITS = 19;
    /** Streams begin at this many moments of a pace: those of several engines do not make their steps together. */
    private static final int PHASES = 20;

    private static final byte[] CHUNK = ("data: {" + MARK + "0".repeat(DIGITS)
                    + "\",\"object\":\"chat.completion.chunk\","
                    + "\"created\":1700000000,\"model\":\"bench\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
                    + "\" token\"},\"finish_reason\":null}]}\n\n")
            .getBytes(StandardCharsets.US_ASCII);
    private static final int MOMENT_AT = "data: {".length() + MARK.length();

    private final PriorityQueue<Stream> streams =
            new PriorityQueue<>(Comparator.comparingLong((Stream stream) -> stream.dueNanos));
    private long began;

    private static final class Stream {
        final HttpServerResponse response;
        final long paceNanos;
        long dueNanos;
        int left;

        Stream(HttpServerResponse response, long dueNanos, long paceNanos, int left) {
            this.response = response;
            this.dueNanos = dueNanos;
            this.paceNanos = paceNanos;
            this.left = left;
        }
    }

    FixedPace(Vertx vertx) {
        vertx.setPeriodic(1, tick -> send(System.nanoTime()));
    }

    void add(HttpServerResponse response, int chunks, int paceMillis) {
        long pace = paceMillis * 1_000_000L;
        long phase = began++ % PHASES * pace / PHASES;
        // the first moment of this phase from now on
        long now = System.nanoTime();
        long due = Math.floorDiv(now - phase + pace - 1, pace) * pace + phase;
        streams.add(new Stream(response, due, pace, chunks));
    }

    private void send(long now) {
        List<Stream> sent = new ArrayList<>();
        while (!streams.isEmpty() && streams.peek().dueNanos <= now) {
            Stream stream = streams.poll();
            if (chunk(stream)) {
                sent.add(stream);
            }
        }
        // after all: a stream that is far behind gets one chunk a tick, as the others do
        streams.addAll(sent);
    }

    /** @return whether there are more to come */
    private static boolean chunk(Stream stream) {
        if (stream.response.closed()) {
            return false;
        }
        if (stream.left-- == 0) {
            stream.response.end(ModelBenchServer.DONE);
            return false;
        }
        // one that its caller leaves no room for is left out, and missed there
        if (!stream.response.writeQueueFull()) {
            stream.response.write(due(stream.dueNanos));
        }
        stream.dueNanos += stream.paceNanos;
        return true;
    }

    private static Buffer due(long nanos) {
        byte[] chunk = CHUNK.clone();
        long rest = nanos;
        for (int i = DIGITS - 1; i >= 0; i--) {
            chunk[MOMENT_AT + i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return Buffer.buffer(chunk);
    }
}
