package io.aiwm.controller.store.sqlite;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.Change;
import io.aiwm.controller.store.ChangeReader;
import io.vertx.core.Future;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Reads {@link SqliteChanges}, of {@link RecentChanges} what they have. Its position is {@code row.entries}: the last row that was read completely, and the number of entries
 * read of the next row.
 */
final class SqliteChangeReader implements ChangeReader {
    private final Function<StoreTask.Work<SqliteSession, Batch>, Future<Batch>> submit;
    private final Supplier<RecentChanges> recent;
    private final Set<String> collections;
    private volatile Place place;

    record Place(long row, int entries) {
        /** Fails with INVALID when the text is not a position. */
        static Place of(String position) {
            try {
                int dot = position.indexOf('.');
                return new Place(
                        Long.parseLong(position.substring(0, dot)), Integer.parseInt(position.substring(dot + 1)));
            } catch (NumberFormatException | IndexOutOfBoundsException foreign) {
                throw Failure.invalid("the position is not one of this store");
            }
        }
    }

    private record Row(long seq, String entries) {
        static Row of(ResultSet found) throws SQLException {
            return new Row(found.getLong(1), found.getString(2));
        }
    }

    /** @param recent returns null when the store is closed */
    SqliteChangeReader(
            Function<StoreTask.Work<SqliteSession, Batch>, Future<Batch>> submit,
            Supplier<RecentChanges> recent,
            Set<String> collections,
            String position) {
        this.submit = submit;
        this.recent = recent;
        this.collections = collections;
        this.place = position == null ? null : Place.of(position);
    }

    @Override
    public Future<Batch> next(int limit) {
        Batch inMemory = readRecent(limit);
        return inMemory != null ? Future.succeededFuture(inMemory) : submit.apply(session -> read(session, limit));
    }

    /** Null: the file must be asked. */
    private Batch readRecent(int limit) {
        RecentChanges there = recent.get();
        Place at = place;
        RecentChanges.Rows found = there == null || at == null ? null : there.after(at.row, SqliteChanges.ROWS_AT_ONCE);
        if (found == null) {
            return null;
        }
        List<Change> changes = new ArrayList<>();
        for (RecentChanges.Row row : found.rows()) {
            int read = SqliteChanges.take(row.changes(), collections, at.entries, limit, changes);
            at = read < 0 ? new Place(row.seq(), 0) : new Place(at.row, read);
            if (read >= 0) {
                break;
            }
        }
        place = at;
        return new Batch(changes, at.row < found.last(), false);
    }

    @Override
    public String position() {
        Place at = place;
        return at == null ? null : at.row + "." + at.entries;
    }

    private Batch read(SqliteSession session, int limit) throws SQLException {
        long[] ends = session.first(row -> new long[] {row.getLong(1), row.getLong(2)}, SqliteChanges.ENDS);
        long first = ends[0];
        long last = ends[1];
        if (place == null) {
            place = new Place(last, 0);
            return Batch.NONE;
        }
        // beyond the end: the data file was replaced by an older one, or by an empty one
        if (place.row + 1 < first || place.row > last) {
            place = new Place(last, 0);
            return Batch.LOST;
        }
        List<Change> changes = new ArrayList<>();
        Place at = place;
        for (Row row : session.list(Row::of, SqliteChanges.ROWS, at.row)) {
            // rows have no gaps; where one is gone it was dropped since the ends were read, and the next call says so
            if (row.seq != at.row + 1) {
                break;
            }
            int read = SqliteChanges.read(row.entries, collections, at.entries, limit, changes);
            at = read < 0 ? new Place(row.seq, 0) : new Place(at.row, read);
            if (read >= 0) {
                break;
            }
        }
        place = at;
        return new Batch(changes, at.row < last, false);
    }
}
