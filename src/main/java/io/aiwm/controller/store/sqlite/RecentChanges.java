package io.aiwm.controller.store.sqlite;

import io.aiwm.controller.store.Change;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The rows of changes written last, as committed. Readers are nearly always near the end, and several read the same rows: from here they
 * cost neither a query nor a parser. Written by the writer thread, read by any.
 */
final class RecentChanges {
    /** Several seconds of changes in busy times. */
    static final long MOST_CHARS = 4L << 20;

    /** @param chars of the row in the file */
    record Row(long seq, List<Change> changes, long chars) {}

    /** @param last the number of the newest row there is */
    record Rows(List<Row> rows, long last) {}

    private final Deque<Row> rows = new ArrayDeque<>();
    private long chars;

    synchronized void committed(Row row) {
        if (!rows.isEmpty() && rows.getLast().seq + 1 != row.seq) {
            forget();
        }
        rows.add(row);
        chars += row.chars;
        while (chars > MOST_CHARS && rows.size() > 1) {
            chars -= rows.remove().chars;
        }
    }

    /** After a transaction of which it is not known whether it is in the file. */
    synchronized void forget() {
        rows.clear();
        chars = 0;
    }

    /** Returns the rows after this one, so many at most; null when the file must be asked. */
    synchronized Rows after(long seq, long most) {
        if (rows.isEmpty() || rows.getFirst().seq > seq + 1 || rows.getLast().seq < seq) {
            return null;
        }
        long last = rows.getLast().seq;
        List<Row> found = new ArrayList<>();
        if (seq < last) {
            for (Row row : rows) {
                if (row.seq > seq && found.size() < most) {
                    found.add(row);
                }
            }
        }
        return new Rows(found, last);
    }
}
