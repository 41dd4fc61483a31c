package io.aiwm.inference.body;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/** The data of server-sent events that come in pieces, one line each, as engines send them. For one stream; not thread-safe. */
public final class EventData {
    private static final byte[] DATA = {'d', 'a', 't', 'a', ':'};

    private final int mostLine;
    private Buffer held = Buffer.buffer();

    public EventData(int mostLine) {
        this.mostLine = mostLine;
    }

    /** The data that this piece has completed. Fails with {@link EventFilter.LineTooLong}. */
    public List<Buffer> add(Buffer piece) {
        held.appendBuffer(piece);
        if (!hasLineEnd(piece)) {
            limit();
            return List.of();
        }
        byte[] bytes = held.getBytes();
        var found = new ArrayList<Buffer>();
        int line = 0;
        for (int i = bytes.length - piece.length(); i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                take(bytes, line, i, found);
                line = i + 1;
            }
        }
        held = Buffer.buffer().appendBytes(bytes, line, bytes.length - line);
        limit();
        return found;
    }

    private static boolean hasLineEnd(Buffer piece) {
        for (int i = 0; i < piece.length(); i++) {
            if (piece.getByte(i) == '\n') {
                return true;
            }
        }
        return false;
    }

    private void limit() {
        if (held.length() > mostLine) {
            throw new EventFilter.LineTooLong();
        }
    }

    private static void take(byte[] bytes, int from, int to, List<Buffer> into) {
        for (int i = 0; i < DATA.length; i++) {
            if (from + i >= to || bytes[from + i] != DATA[i]) {
                return;
            }
        }
        int begin = from + DATA.length;
        int end = to;
        while (begin < end && bytes[begin] == ' ') {
            begin++;
        }
        while (end > begin && (bytes[end - 1] == '\r' || bytes[end - 1] == ' ')) {
            end--;
        }
        into.add(Buffer.buffer().appendBytes(bytes, begin, end - begin));
    }
}
