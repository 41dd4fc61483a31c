package io.aiwm.worker.job;

import io.aiwm.protocol.LogChunk;
import io.aiwm.protocol.LogChunkBuilder;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * One log on its way: what the engine reads goes in, chunks come out, never more than there is credit for. In between
 * lie at most {@value #MOST_HELD_BYTES} bytes; then the reader waits, and with it the engine's stream. Small pieces of
 * one stream that wait together leave together, and the beginning of a line waits a moment for its end. Thread-safe;
 * plain Java, so that a test needs no engine.
 */
public final class LogFeed {
    public static final int MOST_CHUNK_BYTES = 64 * 1024;
    public static final int MOST_HELD_BYTES = 256 * 1024;
    /** Lines with their times in one chunk: a time may be longer than its line. */
    static final int MOST_TIMED_LINES = 1_000;

    private final String streamId;
    private final Consumer<LogChunk> sink;
    private final Deque<Piece> held = new ArrayDeque<>();
    private int heldBytes;
    private long credit;
    private long next;
    private boolean complete;
    private boolean over;
    private String error;

    private static final class Piece {
        final String stream;
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        /** As {@link LogChunk#missing}. */
        final Long missing;
        /** How much of an unfinished line was here when it was left to wait; it waits only once. */
        int waited;
        /** Null: of lines without times. */
        final LineTimes times;

        Piece(String stream, Long missing, boolean timed) {
            this.stream = stream;
            this.missing = missing;
            this.times = timed ? new LineTimes() : null;
        }

        boolean takes(String moreOf, boolean timed) {
            return missing == null
                    && stream.equals(moreOf)
                    && (times != null) == timed
                    && (times == null || times.size() < MOST_TIMED_LINES);
        }
    }

    /** @param credit as asked; one chunk may always be sent, so that a reader learns of a restart of the worker */
    public LogFeed(String streamId, int credit, Consumer<LogChunk> sink) {
        this.streamId = streamId;
        this.credit = Math.max(1, credit);
        this.sink = sink;
    }

    public synchronized void addCredit(int more) {
        credit += Math.max(0, more);
    }

    /** Takes in what was read; blocks while too much is held. Returns at once when the feed is over. */
    public void offer(String stream, byte[] bytes) throws InterruptedException {
        offer(stream, null, null, bytes);
    }

    /** Takes in a line, or a part of one; blocks as {@link #offer} does. @param time as in {@link LogChunk#times} */
    public void offerLine(String stream, String time, byte[] bytes) throws InterruptedException {
        offer(stream, null, time, bytes);
    }

    /**
     * Says that something the program printed cannot be told; blocks as {@link #offer} does.
     *
     * @param missing as {@link LogChunk#missing}
     * @param note a line, and no more than one chunk
     */
    public void offerMissing(long missing, String note) throws InterruptedException {
        offer("stderr", missing, null, note.getBytes(StandardCharsets.UTF_8));
    }

    private synchronized void offer(String stream, Long missing, String time, byte[] bytes)
            throws InterruptedException {
        while (!over && heldBytes >= MOST_HELD_BYTES) {
            wait();
        }
        if (over) {
            return;
        }
        Piece last = held.peekLast();
        if (last == null || missing != null || !last.takes(stream, time != null)) {
            last = new Piece(stream, missing, time != null);
            held.addLast(last);
        }
        if (time != null) {
            last.times.add(last.bytes.size(), time);
        }
        last.bytes.writeBytes(bytes);
        heldBytes += bytes.length;
    }

    /** Whether {@link #offer} would not have to wait. */
    public synchronized boolean hasRoom() {
        return heldBytes < MOST_HELD_BYTES;
    }

    /** Nothing more will be read; errorOrNull says why if it was not the log's own end. */
    public synchronized void complete(String errorOrNull) {
        complete = true;
        error = errorOrNull;
    }

    /** The stream has no listener any more. A reader that waits for room goes on. */
    public synchronized void end() {
        over = true;
        held.clear();
        notifyAll();
    }

    public synchronized boolean over() {
        return over;
    }

    /**
     * Sends what credit allows. The last chunk says {@code end} and needs credit like every other.
     *
     * @return true: an unfinished line is left; drain again a moment later
     */
    public synchronized boolean drain() {
        boolean unfinished = false;
        while (!over && credit > 0 && !unfinished && (!held.isEmpty() || complete)) {
            Piece first = held.peekFirst();
            int length = first == null ? 0 : sendable(first);
            unfinished = first != null && length == 0;
            if (!unfinished) {
                send(first, length);
            }
        }
        notifyAll();
        return unfinished;
    }

    private void send(Piece first, int length) {
        List<String> times = first == null || first.times == null ? null : first.times.take(first.bytes, length);
        String text = first == null ? "" : take(first, length);
        if (first != null && first.bytes.size() == 0) {
            held.removeFirst();
        }
        boolean last = complete && held.isEmpty();
        credit--;
        sink.accept(LogChunkBuilder.builder().streamId(streamId).from(next++).chunk(text).stream(
                        first == null ? "stdout" : first.stream)
                .missing(first == null ? null : first.missing)
                .times(times)
                .end(last)
                .error(last ? error : null)
                .build());
        over = last;
    }

    /** How much may leave from the front: whole lines, or a line that has waited, or all when no more can come. */
    private int sendable(Piece piece) {
        byte[] all = piece.bytes.toByteArray();
        boolean more = !complete && held.peekLast() == piece;
        int most = Math.min(all.length, MOST_CHUNK_BYTES);
        if (most == all.length && !more) {
            return most;
        }
        for (int at = most; at > 0; at--) {
            if (all[at - 1] == '\n') {
                return at;
            }
        }
        if (most == all.length && piece.waited != all.length) {
            piece.waited = all.length;
            return 0;
        }
        return wholeCharacters(all, most);
    }

    /** Not beyond the last character that is there in full. */
    private static int wholeCharacters(byte[] all, int most) {
        int start = most - 1;
        while (start > 0 && start > most - 4 && (all[start] & 0xC0) == 0x80) {
            start--;
        }
        int lead = all[start] & 0xFF;
        int needs = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
        return start + needs > most && start > 0 ? start : most;
    }

    private String take(Piece piece, int length) {
        byte[] all = piece.bytes.toByteArray();
        piece.bytes.reset();
        piece.bytes.write(all, length, all.length - length);
        piece.waited = 0;
        heldBytes -= length;
        return new String(all, 0, length, StandardCharsets.UTF_8);
    }
}
