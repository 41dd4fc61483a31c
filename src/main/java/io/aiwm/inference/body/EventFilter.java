package io.aiwm.inference.body;

import io.vertx.core.buffer.Buffer;

/**
 * Passes a stream of server-sent events on, takes out the one that only says the usage where the caller did not ask for it, and
 * counts. An event waits until it is whole, unless it is long. For one stream; not thread-safe.
 */
public final class EventFilter {
    /** One that is longer cannot be the one that says the usage. */
    private static final int MOST_HELD = 8 * 1024;

    private static final byte[] DATA = {'d', 'a', 't', 'a', ':'};
    private static final byte[] DONE = {'[', 'D', 'O', 'N', 'E', ']'};
    private static final byte[] CHOICES = {'"', 'c', 'h', 'o', 'i', 'c', 'e', 's', '"'};
    private static final byte[] NONE = {};
    private static final Buffer NOTHING = Buffer.buffer();

    private final boolean passUsage;
    private final int mostLine;
    private byte[] held = NONE;
    /** Within an event of which a part is already passed on. */
    private boolean inLong;
    /** Of the line that the last piece ended in. */
    private long lineBytes;

    private boolean lineEmpty = true;
    private Tokens tokens;
    private long events;
    private boolean done;

    /** @param mostLine bytes of a line */
    public EventFilter(boolean passUsage, int mostLine) {
        this.passUsage = passUsage;
        this.mostLine = mostLine;
    }

    /** What to send on for a piece, empty: nothing yet. Fails with {@link LineTooLong}. */
    public Buffer pass(Buffer piece) {
        byte[] data = joined(piece);
        int from = held.length;
        boolean whole = from == 0;
        held = NONE;
        Buffer out = null;
        int sent = 0; // where the next byte to send stands
        int event = 0; // where the current event begins
        for (int i = from; i < data.length; i++) {
            byte b = data[i];
            if (b == '\n') {
                lineBytes = 0;
                if (lineEmpty) {
                    boolean keep = inLong || examine(data, event, i + 1);
                    inLong = false;
                    if (!keep) {
                        out = append(out, data, sent, event);
                        sent = i + 1;
                    }
                    event = i + 1;
                }
                lineEmpty = true;
            } else if (b != '\r') {
                lineEmpty = false;
                if (++lineBytes > mostLine) {
                    throw new LineTooLong();
                }
            }
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
        out = append(out, data, sent, end);
        return out == null ? NOTHING : out;
    }

    /** What is left when the stream has ended: an event without the line that ends it. */
    public Buffer rest() {
        Buffer rest = held.length > 0 && examine(held, 0, held.length) ? Buffer.buffer(held) : NOTHING;
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

    private static Buffer append(Buffer out, byte[] data, int from, int to) {
        if (to <= from) {
            return out;
        }
        Buffer into = out == null ? Buffer.buffer(data.length) : out;
        return into.appendBytes(data, from, to - from);
    }

    /** Looks at a whole event. @return whether it is passed on */
    private boolean examine(byte[] data, int from, int to) {
        if (!startsWith(data, from, to, DATA)) {
            return true; // a comment, or an empty line
        }
        int value = from + DATA.length;
        if (value < to && data[value] == ' ') {
            value++;
        }
        if (startsWith(data, value, to, DONE)) {
            done = true;
            return true;
        }
        events++;
        Tokens said = Tokens.last(data, value, to);
        if (said == null) {
            return true;
        }
        tokens = said;
        boolean onlyUsage = hasNoChoices(data, value, to);
        if (onlyUsage) {
            events--;
        }
        return passUsage || !onlyUsage;
    }

    private static boolean hasNoChoices(byte[] data, int from, int to) {
        for (int i = from; i < to - CHOICES.length; i++) {
            if (data[i] == '"' && data[i - 1] != '\\' && startsWith(data, i, to, CHOICES)) {
                int at = i + CHOICES.length;
                while (at < to && (data[at] == ':' || data[at] == ' ' || data[at] == '[')) {
                    at++;
                }
                return at < to && data[at] == ']';
            }
        }
        return false;
    }

    private static boolean startsWith(byte[] data, int from, int to, byte[] word) {
        if (to - from < word.length) {
            return false;
        }
        for (int i = 0; i < word.length; i++) {
            if (data[from + i] != word[i]) {
                return false;
            }
        }
        return true;
    }

    /** As the engine counted; null: it has not said. */
    public Tokens tokens() {
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
