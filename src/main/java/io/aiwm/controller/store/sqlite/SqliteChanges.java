package io.aiwm.controller.store.sqlite;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.aiwm.controller.store.Change;
import io.aiwm.controller.store.CollectionSchema;
import io.aiwm.controller.store.DocumentStore.ChangeRetention;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The changes in commit order: one row per transaction, written by that transaction, so that many changes share one insertion. Rows
 * are numbered without gaps. The last row is never deleted, so a number is never used twice.
 *
 * <p>An entry is {@code ["collection","id",version]}, with {@code true} as a fourth item for a deletion; else the notes of the
 * version follow as texts.
 */
final class SqliteChanges {
    /** @param total characters of all rows up to this one */
    static final String TABLE = "CREATE TABLE IF NOT EXISTS changes (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL,"
            + " total INTEGER NOT NULL, entries TEXT NOT NULL)";

    private static final String LAST = "(SELECT max(seq) FROM changes)";
    private static final String FIRST = "(SELECT min(seq) FROM changes)";
    static final String ENDS = "SELECT " + FIRST + ", " + LAST;
    /** Bounds what one read keeps in memory; a row has the changes of one flush. */
    static final long ROWS_AT_ONCE = 64;

    static final String ROWS = "SELECT seq, entries FROM changes WHERE seq > ? ORDER BY seq LIMIT " + ROWS_AT_ONCE;
    private static final String APPEND = "INSERT INTO changes (at, total, entries)"
            + " SELECT ?, ? + coalesce((SELECT total FROM changes WHERE seq = " + LAST + "), 0), ?";
    private static final String TRIM = "DELETE FROM changes WHERE seq < " + LAST + " AND seq < " + FIRST + " + ?"
            + " AND (at < ? OR total < (SELECT total FROM changes WHERE seq = " + LAST + ") - ?"
            + " OR (at < ? AND seq <= ?))";
    /** Limits how long one deletion delays writers. */
    private static final long TRIM_AT_ONCE = 2_000;

    private static final JsonFactory JSON = new JsonFactory();
    private static final JsonStringEncoder TEXT = JsonStringEncoder.getInstance();

    private static final String LAST_ROW = "SELECT last_insert_rowid()";

    private final RecentChanges recent;
    /** The entries of the open transaction. Used by the writer thread only, as are all instance fields. */
    private final StringBuilder entries = new StringBuilder();

    private List<Change> changes = new ArrayList<>();
    /** The row of the open transaction; null: it has none. */
    private RecentChanges.Row flushed;

    SqliteChanges(RecentChanges recent) {
        this.recent = recent;
    }

    void wrote(CollectionSchema schema, String id, long version, List<String> notes) {
        add(schema, id, version, false, notes);
    }

    /** @param version of the deleted record */
    void deleted(CollectionSchema schema, String id, long version) {
        add(schema, id, version + 1, true, List.of());
    }

    private void add(CollectionSchema schema, String id, long version, boolean deleted, List<String> notes) {
        if (schema.told) {
            entries.append(entries.isEmpty() ? "[[\"" : ",[\"")
                    .append(schema.name)
                    .append("\",\"");
            TEXT.quoteAsString(id, entries);
            entries.append("\",").append(version).append(deleted ? ",true" : "");
            for (String note : notes) {
                entries.append(",\"");
                TEXT.quoteAsString(note, entries);
                entries.append('"');
            }
            entries.append(']');
            changes.add(new Change(schema.name, id, version, deleted, notes));
        }
    }

    /** Called before the commit. @return whether the transaction has changes */
    boolean flush(SqliteSession session) throws SQLException {
        if (entries.isEmpty()) {
            return false;
        }
        String row = entries.append(']').toString();
        List<Change> all = changes;
        clear();
        session.update(APPEND, System.currentTimeMillis(), (long) row.length(), row);
        long seq = session.first(found -> found.getLong(1), LAST_ROW);
        flushed = new RecentChanges.Row(seq, all, row.length());
        return true;
    }

    /** Called after the commit. */
    void committed() {
        if (flushed != null) {
            recent.committed(flushed);
            flushed = null;
        }
    }

    /** Clears what was gathered for a transaction that failed. */
    void forget() {
        clear();
        flushed = null;
        recent.forget(); // a commit that failed may be in the file
    }

    private void clear() {
        entries.setLength(0);
        changes = new ArrayList<>();
    }

    /** @param passed the last row that no consumer needs @return whether there may be more to drop */
    boolean trim(SqliteSession session, long passed, ChangeRetention retention) throws SQLException {
        long now = System.currentTimeMillis();
        int dropped = session.update(
                TRIM,
                TRIM_AT_ONCE,
                now - retention.most().toMillis(),
                retention.mostChars(),
                now - retention.least().toMillis(),
                passed);
        if (dropped > 0) {
            recent.forget(); // so that readers are told the same as by the file
        }
        return dropped == TRIM_AT_ONCE;
    }

    /** As {@link #read}, of a row in memory. */
    static int take(List<Change> row, Set<String> collections, int skip, int most, List<Change> into) {
        for (int i = skip; i < row.size(); i++) {
            if (into.size() >= most) {
                return i;
            }
            if (collections.contains(row.get(i).collection())) {
                into.add(row.get(i));
            }
        }
        return -1;
    }

    /**
     * Reads the changes of a row that belong to these collections.
     *
     * @param skip the number of entries to skip at its beginning
     * @param most the maximum number of entries to read
     * @param into receives the changes
     * @return the number of entries read, skipped ones included; -1: all
     */
    static int read(String row, Set<String> collections, int skip, int most, List<Change> into) {
        // most rows have nothing for most consumers; within a text the quotes would be escaped
        if (collections.stream().noneMatch(collection -> row.contains("[\"" + collection + "\","))) {
            return -1;
        }
        try (JsonParser parser = JSON.createParser(row)) {
            int count = 0;
            parser.nextToken();
            while (parser.nextToken() == JsonToken.START_ARRAY) {
                if (into.size() >= most) {
                    return count;
                }
                String collection = parser.nextTextValue();
                String id = parser.nextTextValue();
                long version = parser.nextLongValue(0);
                boolean wanted = ++count > skip && collections.contains(collection);
                boolean deleted = false;
                List<String> notes = List.of();
                for (JsonToken next = parser.nextToken(); next != JsonToken.END_ARRAY; next = parser.nextToken()) {
                    deleted |= next == JsonToken.VALUE_TRUE;
                    if (wanted && next == JsonToken.VALUE_STRING) {
                        notes = notes.isEmpty() ? new ArrayList<>(2) : notes;
                        notes.add(parser.getText());
                    }
                }
                if (wanted) {
                    into.add(new Change(collection, id, version, deleted, notes));
                }
            }
            return -1;
        } catch (IOException torn) {
            throw new IllegalStateException("a row of changes cannot be read", torn);
        }
    }
}
