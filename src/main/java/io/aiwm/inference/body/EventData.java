package io.aiwm.inference.body;

import io.aiwm.common.Json;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The data of server-sent events that come in pieces. A line that is JSON as a whole is an event, as engines send them, also where the
 * empty line behind it is late or missing; others are joined up to the empty line. For one stream; not thread-safe.
 */
public final class EventData {
    private static final byte[] DATA = {'d', 'a', 't', 'a', ':'};
    private static final byte[] EVENT = {'e', 'v', 'e', 'n', 't', ':'};
    private static final byte[] ERROR = {'e', 'r', 'r', 'o', 'r'};
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

    private final int mostLine;
    private Buffer held = Buffer.buffer();
    /** Lines of an event that is not whole yet. */
    private Buffer lines = Buffer.buffer();
    /** No line has been read. */
    private boolean first = true;
    /** The event that is read is named an error. */
    private boolean error;

    public EventData(int mostLine) {
        this.mostLine = mostLine;
    }

    /** The data that this piece has completed. Fails with {@link UsageEventFilter.LineTooLong}. */
    public List<Buffer> add(Buffer piece) {
        boolean afterReturn = held.length() > 0 && held.getByte(held.length() - 1) == '\r';
        held.appendBuffer(piece);
        var found = new ArrayList<Buffer>();
        if (afterReturn || hasLineEnd(piece)) {
            byte[] bytes = held.getBytes();
            int line = 0;
            for (int i = Math.max(0, bytes.length - piece.length() - 1); i < bytes.length; i++) {
                // a line feed behind a carriage return ends a line of its own, which is empty: it must not end an event
                if (bytes[i] == '\n' || (bytes[i] == '\r' && i + 1 < bytes.length && bytes[i + 1] != '\n')) {
                    take(bytes, line, i, found);
                    line = i + 1;
                }
            }
            held = Buffer.buffer().appendBytes(bytes, line, bytes.length - line);
        }
        if (heldBytes() > mostLine) {
            throw new UsageEventFilter.LineTooLong();
        }
        return found;
    }

    /** What is kept of an event that is not whole yet. */
    public int heldBytes() {
        return held.length() + lines.length();
    }

    private static boolean hasLineEnd(Buffer piece) {
        for (int i = 0; i < piece.length(); i++) {
            if (piece.getByte(i) == '\n' || piece.getByte(i) == '\r') {
                return true;
            }
        }
        return false;
    }

    private void take(byte[] bytes, int lineBegin, int lineEnd, List<Buffer> into) {
        int from = lineBegin;
        if (first && ChunkText.startsWith(bytes, from, lineEnd, BYTE_ORDER_MARK)) {
            from += BYTE_ORDER_MARK.length;
        }
        first = false;
        int end = lineEnd;
        while (end > from && (bytes[end - 1] == '\r' || bytes[end - 1] == ' ')) {
            end--;
        }
        if (end == from) {
            if (lines.length() > 0) {
                into.add(named(lines));
                lines = Buffer.buffer();
            }
            error = false;
            return;
        }
        int begin = dataOf(bytes, from, end, DATA);
        if (begin < 0) {
            int name = dataOf(bytes, from, end, EVENT);
            error = name < 0 ? error : end - name == ERROR.length && ChunkText.startsWith(bytes, name, end, ERROR);
            return;
        }
        if (lines.length() == 0 && isWhole(bytes, begin, end)) {
            into.add(named(Buffer.buffer().appendBytes(bytes, begin, end - begin)));
        } else {
            join(lines, bytes, begin, end);
        }
    }

    /** The data of an event that is named an error says that it is one, as that of other servers does. */
    private Buffer named(Buffer data) {
        byte[] bytes = data.getBytes();
        if (!error || ChunkText.isError(bytes, 0, bytes.length)) {
            return data;
        }
        Buffer said = isWhole(bytes, 0, bytes.length) ? data : Buffer.buffer(Json.encode(data.toString()));
        return Buffer.buffer("{\"error\":").appendBuffer(said).appendString("}");
    }

    /** Where the value of a line's field begins; −1: it is a line of another field. */
    private static int dataOf(byte[] bytes, int from, int end, byte[] field) {
        if (!ChunkText.startsWith(bytes, from, end, field)) {
            return -1;
        }
        int begin = from + field.length;
        while (begin < end && bytes[begin] == ' ') {
            begin++;
        }
        return begin;
    }

    private static void join(Buffer lines, byte[] bytes, int from, int end) {
        if (lines.length() > 0) {
            lines.appendByte((byte) '\n');
        }
        lines.appendBytes(bytes, from, end - from);
    }

    /** The lines of data of one event, as one. */
    static byte[] joined(byte[] event) {
        Buffer lines = Buffer.buffer(event.length);
        int line = 0;
        for (int i = 0; i <= event.length; i++) {
            if (i == event.length || event[i] == '\n' || event[i] == '\r') {
                int begin = dataOf(event, line, i, DATA);
                if (begin >= 0) {
                    join(lines, event, begin, i);
                }
                line = i + 1;
            }
        }
        return lines.getBytes();
    }

    /** Whether it is a JSON object or list from its first byte to its last one. */
    private static boolean isWhole(byte[] bytes, int from, int to) {
        if (from >= to || (bytes[from] != '{' && bytes[from] != '[')) {
            return false;
        }
        int depth = 0;
        boolean inString = false;
        for (int i = from; i < to; i++) {
            byte b = bytes[i];
            if (inString) {
                if (b == '\\') {
                    i++;
                } else if (b == '"') {
                    inString = false;
                }
            } else if (b == '"') {
                inString = true;
            } else if (b == '{' || b == '[') {
                depth++;
            } else if (b == '}' || b == ']') {
                depth--;
            }
        }
        return depth == 0 && !inString;
    }
}
