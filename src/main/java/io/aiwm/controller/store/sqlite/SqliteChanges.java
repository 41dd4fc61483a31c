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
import java.util.List;
import java.util.Set;

/**
 * What was changed, in the order of commits: one row per transaction, written by that transaction, so that many changes
 * share one insertion. Rows are numbered without gaps, and the last one is never deleted, so the next has a number that no
 * row had before.
 *
 * <p>An entry is {@code ["collection","id",version]}, with {@code true} as a fourth item for a deletion.
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
    /** Bounds how long one deletion keeps writers waiting. */
    private static final long TRIM_AT_ONCE = 2_000;

    private static final JsonFactory JSON = new JsonFactory();
    private static final JsonStringEncoder TEXT = JsonStringEncoder.getInstance();

    /** Of the open transaction. Belongs to the writer thread, as all that is not static. */
    private final StringBuilder entries = new StringBuilder();

    void wrote(CollectionSchema schema, String id, long version) {
        add(schema, id, version, false);
    }

    /** @param version that the record had */
    void deleted(CollectionSchema schema, String id, long version) {
        add(schema, id, version + 1, true);
    }

    private void add(CollectionSchema schema, String id, long version, boolean deleted) {
        if (schema.told) {
            entries.append(entries.isEmpty() ? "[[\"" : ",[\"")
                    .append(schema.name)
                    .append("\",\"");
            TEXT.quoteAsString(id, entries);
            entries.append("\",").append(version).append(deleted ? ",true]" : "]");
        }
    }

    /** Before the commit. @return whether the transaction has changes to tell */
    boolean flush(SqliteSession session) throws SQLException {
        if (entries.isEmpty()) {
            return false;
        }
        String row = entries.append(']').toString();
        forget();
        session.update(APPEND, System.currentTimeMillis(), (long) row.length(), row);
        return true;
    }

    /** What the transaction would have told; it failed or is over. */
    void forget() {
        entries.setLength(0);
    }

    /** @param passed the last row that nobody needs any more @return whether there may be more to drop */
    static boolean trim(SqliteSession session, long passed, ChangeRetention retention) throws SQLException {
        long now = System.currentTimeMillis();
        int dropped = session.update(
                TRIM,
                TRIM_AT_ONCE,
                now - retention.most().toMillis(),
                retention.mostChars(),
                now - retention.least().toMillis(),
                passed);
        return dropped == TRIM_AT_ONCE;
    }

    /**
     * The changes of a row that are of these collections.
     *
     * @param skip how many entries to leave out at its beginning
     * @param most how many to read at most
     * @param into takes them
     * @return how many entries were read of it, left out ones included; -1: all
     */
    static int read(String row, Set<String> collections, int skip, int most, List<Change> into) {
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
                boolean deleted = parser.nextToken() != JsonToken.END_ARRAY && parser.nextToken() != null;
                count++;
                if (count > skip && collections.contains(collection)) {
                    into.add(new Change(collection, id, version, deleted));
                }
            }
            return -1;
        } catch (IOException torn) {
            throw new IllegalStateException("a row of changes cannot be read", torn);
        }
    }
}
