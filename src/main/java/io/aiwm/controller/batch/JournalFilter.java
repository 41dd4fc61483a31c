package io.aiwm.controller.batch;

import io.vertx.core.buffer.Buffer;
import java.util.BitSet;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * Reads the journal of a batch piece by piece. Each line of it is the number of a line of the batch, {@code O} for an answer,
 * {@code E} for an error or {@code X} for one that was not called in time, and what is told of it as JSON. Of a number that
 * comes again only the first is taken.
 */
final class JournalFilter implements UnaryOperator<Buffer> {
    private static final int MOST_HEAD_CHARS = 16;

    private final BitSet seen = new BitSet();
    private final Predicate<Entry> keeps;
    private final StringBuilder head = new StringBuilder();
    private boolean inHead = true;
    private boolean kept;

    /** What is told of a line. */
    enum Kind {
        ANSWER('O'),
        ERROR('E'),
        /** It was not called before the time of the batch was over. */
        EXPIRED('X');

        final char letter;

        Kind(char letter) {
            this.letter = letter;
        }

        private static Kind of(char letter) {
            return letter == ANSWER.letter ? ANSWER : letter == EXPIRED.letter ? EXPIRED : ERROR;
        }
    }

    record Entry(int number, Kind kind) {}

    /** @param keeps which of the entries is passed on; asked once for each line of the batch */
    JournalFilter(Predicate<Entry> keeps) {
        this.keeps = keeps;
    }

    static Buffer line(int number, Kind kind, Buffer json) {
        return Buffer.buffer(json.length() + MOST_HEAD_CHARS)
                .appendString(number + " " + kind.letter + " ")
                .appendBuffer(json)
                .appendByte((byte) '\n');
    }

    @Override
    public Buffer apply(Buffer piece) {
        Buffer out = Buffer.buffer();
        int from = 0;
        for (int i = 0; i < piece.length(); i++) {
            byte next = piece.getByte(i);
            if (inHead) {
                head.append((char) next);
                if (next == ' ' && head.charAt(head.length() - 2) >= 'A') {
                    begin();
                    from = i + 1;
                }
            } else if (next == '\n') {
                if (kept) {
                    out.appendBuffer(piece, from, i + 1 - from);
                }
                inHead = true;
                kept = false;
            }
        }
        if (!inHead && kept && from < piece.length()) {
            out.appendBuffer(piece, from, piece.length() - from);
        }
        return out;
    }

    private void begin() {
        int number = Integer.parseInt(head, 0, head.length() - 3, 10);
        Kind kind = Kind.of(head.charAt(head.length() - 2));
        head.setLength(0);
        inHead = false;
        boolean first = !seen.get(number);
        seen.set(number);
        kept = first && keeps.test(new Entry(number, kind));
    }
}
