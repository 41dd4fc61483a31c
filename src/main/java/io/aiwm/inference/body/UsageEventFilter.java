package io.aiwm.inference.body;

import io.vertx.core.buffer.Buffer;

/**
 * Passes a stream of server-sent events on, takes out the one that only says the usage where the caller did not ask for it, and
 * counts. An event waits until it is whole, unless it is long. For one stream; not thread-safe.
 */
public final class UsageEventFilter {
    /** One that is longer cannot be the one that says the usage. */
    private static final int MOST_HELD = 8 * 1024;

    private static final byte[] DATA = {'d', 'a', 't', 'a', ':'};
    private static final byte[] DONE = {'[', 'D', 'O', 'N', 'E', ']'};
    private static final byte[] NONE = {};
    private static final Buffer NOTHING = Buffer.buffer();

    private final boolean passUsage;
    private final int mostLine;
    private byte[] held = NONE;
    /** Within an event of which a part is already passed on. */
    private boolean inLong;
    /** Of the line that the last piece ended in. */
    private long lineBytes;

    /** The last byte was a carriage return: a line feed behind it belongs to the same line end. */
    private boolean afterReturn;
    /** The last event was taken out. */
    private boolean tookOut;
    /** Of the current event: lines of data. */
    private int dataLines;
    /** Where the first of them stands, from the beginning of the event on. */
    private int dataFrom;

    private int dataTo;
    /** While a piece is passed: what is sent of it, where the next byte to send stands, and where the current event begins. */
    private Buffer out;

    private int sent;
    private int event;
    private TokenUsage tokens;
    private long events;
    private boolean done;
    private final boolean findFinish;
    private boolean chunks;
    /** A long event has passed, which is not looked at. */
    private boolean unseen;

    private boolean finished;

    /** @param mostLine bytes of a line */
    public UsageEventFilter(boolean passUsage, int mostLine) {
        this(passUsage, mostLine, false);
    }

    /** @param findFinish whether {@link #finished} and {@link #isUnfinished} are asked */
    public UsageEventFilter(boolean passUsage, int mostLine, boolean findFinish) {
        this.passUsage = passUsage;
        this.mostLine = mostLine;
        this.findFinish = findFinish;
    }

    /** What to send on for a piece, empty: nothing yet. Fails with {@link LineTooLong}. */
    public Buffer pass(Buffer piece) {
        byte[] data = joined(piece);
        boolean whole = held.length == 0;
        int at = held.length;
        held = NONE;
        out = null;
        sent = 0;
        event = 0;
        while (at < data.length) {
            int end = lineEnd(data, at);
            lineBytes += end - at;
            afterReturn &= end == at;
            if (lineBytes > mostLine) {
                throw new LineTooLong();
            }
            if (end < data.length) {
                ended(data, end);
            }
            at = end + 1;
        }
        int end = event;
        if (inLong || data.length - event > MOST_HELD) {
            inLong = event < data.length || inLong;
            end = data.length;
        } else if (event < data.length) {
            held = slice(data, event, data.length);
        }
        if (out == null && sent == 0 && whole) {
            return end == data.length ? piece : piece.slice(0, end);
        }
        append(data, end);
        return out == null ? NOTHING : out;
    }

    /** Where the next byte stands that ends a line: a line feed, a carriage return, or the first of both. */
    private static int lineEnd(byte[] data, int from) {
        int at = from;
        while (at < data.length && data[at] != '\n' && data[at] != '\r') {
            at++;
        }
        return at;
    }

    /** A line ends at this byte. */
    private void ended(byte[] data, int at) {
        boolean second = data[at] == '\n' && afterReturn;
        afterReturn = data[at] == '\r';
        if (second) {
            if (event == at && !inLong) { // it belongs to the event that has just ended
                event = at + 1;
                sent = tookOut ? event : sent;
            }
        } else if (lineBytes == 0) {
            unseen |= inLong;
            tookOut = !inLong && !examine(data, at + 1);
            if (tookOut) {
                append(data, event);
                sent = at + 1;
            }
            inLong = false;
            dataLines = 0;
            event = at + 1;
        } else if (!inLong) {
            line(data, at);
        }
        lineBytes = 0;
    }

    /** Notes the line that ends here, if it is one of data. */
    private void line(byte[] data, int end) {
        int from = (int) (end - lineBytes);
        if (ChunkText.startsWith(data, from, end, DATA) && dataLines++ == 0) {
            dataFrom = from + DATA.length - event;
            dataTo = end - event;
        }
    }

    /** What is left when the stream has ended: an event without the line that ends it. */
    public Buffer rest() {
        Buffer rest = NOTHING;
        if (held.length > 0) {
            event = 0;
            line(held, held.length);
            rest = examine(held, held.length) ? Buffer.buffer(held) : NOTHING;
        }
        held = NONE;
        return rest;
    }

    private byte[] joined(Buffer piece) {
        if (held.length == 0) {
            return piece.getBytes();
        }
        byte[] data = new byte[held.length + piece.length()];
        System.arraycopy(held, 0, data, 0, held.length);
        piece.getBytes(data, held.length);
        return data;
    }

    private static byte[] slice(byte[] data, int from, int to) {
        byte[] part = new byte[to - from];
        System.arraycopy(data, from, part, 0, part.length);
        return part;
    }

    /** Sends what stands between the last byte that was sent and this one. */
    private void append(byte[] data, int to) {
        if (to > sent) {
            out = out == null ? Buffer.buffer(data.length) : out;
            out.appendBytes(data, sent, to - sent);
        }
    }

    /** Looks at a whole event. @return whether it is passed on */
    private boolean examine(byte[] data, int to) {
        if (dataLines == 0) {
            return true; // a comment, or an empty line
        }
        if (dataLines == 1) {
            return examineData(data, event + dataFrom, event + dataTo);
        }
        byte[] all = EventData.joined(slice(data, event, to));
        return examineData(all, 0, all.length);
    }

    private boolean examineData(byte[] data, int from, int to) {
        int value = from < to && data[from] == ' ' ? from + 1 : from;
        if (ChunkText.startsWith(data, value, to, DONE)) {
            done = true;
            return true;
        }
        events++;
        if (findFinish) {
            chunks = chunks || ChunkText.hasChoices(data, value, to);
            finished |= ChunkText.isLast(data, value, to);
        }
        TokenUsage said = TokenUsage.last(data, value, to);
        if (said == null) {
            return true;
        }
        tokens = said;
        boolean onlyUsage = ChunkText.hasNoChoices(data, value, to);
        if (onlyUsage) {
            events--;
        }
        return passUsage || !onlyUsage;
    }

    /** As the engine counted; null: it has not said. */
    public TokenUsage tokens() {
        return tokens;
    }

    /** Events with a part of the answer: about as many as it has tokens. */
    public long events() {
        return events;
    }

    /** Whether the last event of a stream has come. */
    public boolean done() {
        return done;
    }

    /** Whether an event has said why the answer ends. */
    public boolean finished() {
        return finished;
    }

    /** Whether parts of an answer have come, and none that says why it ends, or may have said so. */
    public boolean isUnfinished() {
        return chunks && !finished && !done && !unseen;
    }

    /** Whether a part of an event is already with the caller. */
    public boolean inEvent() {
        return inLong;
    }

    /** A line that has no end. */
    public static final class LineTooLong extends RuntimeException {
        private static final long serialVersionUID = 1;

        LineTooLong() {
            super("a line of the stream is too long", null, false, false);
        }
    }
}
