package io.aiwm.controller.store.sqlite;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore.Document;
import io.vertx.core.Future;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * The writes of one record within a transaction of {@link SqliteWriter}; they update {@link RecentRows} and the changes too.
 */
final class SqliteWrites {
    private SqliteWrites() {}

    /** Fails with INVALID or TOO_LARGE when the document cannot be stored. */
    static RecentRows.Row row(SqliteTable table, Document document) {
        return new RecentRows.Row(table.schema.checked(document), table.values(document));
    }

    /** A write of one row. */
    @FunctionalInterface
    interface EachWrite {
        boolean write(SqliteWriter.Batch batch, SqliteTable table, RecentRows.Row row) throws SQLException;
    }

    /** Writes all in one transaction. Returns of each what its write returns. */
    static Future<List<Boolean>> all(SqliteFile open, SqliteTable table, List<Document> documents, EachWrite each) {
        List<RecentRows.Row> rows = new ArrayList<>(documents.size());
        long chars = 0;
        for (Document document : documents) {
            rows.add(row(table, document));
            chars += document.json().length();
        }
        return open.writer().submit(chars, batch -> {
            List<Boolean> done = new ArrayList<>(rows.size());
            for (RecentRows.Row row : rows) {
                done.add(each.write(batch, table, row));
            }
            return done;
        });
    }

    /** Stores the row in place of any with its id. Returns true. */
    static boolean put(SqliteWriter.Batch batch, SqliteTable table, RecentRows.Row row) throws SQLException {
        batch.session().update(table.put, table.insertion(row));
        // what is read once in a while does not push records in work out of the memory
        batch.recent().deleted(table.schema.name, row.document().id());
        return true;
    }

    /** Returns whether it was inserted: false when the id, or a unique value, is taken. */
    static boolean insert(SqliteWriter.Batch batch, SqliteTable table, RecentRows.Row row) throws SQLException {
        boolean done = batch.session().update(table.insert, table.insertion(row)) == 1;
        if (done) {
            wrote(batch, table, row);
        }
        return done;
    }

    private static void wrote(SqliteWriter.Batch batch, SqliteTable table, RecentRows.Row row) {
        Document document = row.document();
        if (table.schema.writtenOnce) {
            batch.recent().deleted(table.schema.name, document.id());
        } else {
            batch.recent().wrote(table.schema.name, row);
        }
        batch.changes().wrote(table.schema, document.id(), document.version(), document.notes());
    }

    /**
     * Returns whether it was replaced: false when the record has another version, or was deleted. Fails with CONFLICT when a unique value is
     * taken.
     */
    static boolean replace(SqliteWriter.Batch batch, SqliteTable table, RecentRows.Row row) throws SQLException {
        String collection = table.schema.name;
        RecentRows.Row old = batch.recent().known(collection, row.document().id());
        long changed = SqliteTable.ALL_FIELDS;
        if (old != null) {
            if (old.document().version() != row.document().version() - 1) {
                return false;
            }
            changed = SqliteTable.changed(old, row);
        }
        SqliteTable.Sql sql = table.replace(row, changed);
        try {
            boolean done = batch.session().update(sql.text(), sql.bound()) == 1;
            if (done) {
                wrote(batch, table, row);
            }
            return done;
        } catch (SQLException cause) {
            if (SqliteSession.taken(cause)) {
                throw Failure.conflict("another record of " + collection + " has a unique value of "
                        + row.document().id());
            }
            throw cause;
        }
    }

    /** Runs a statement that deletes and returns id and version of the deleted rows. Returns their number. */
    static int deleted(
            SqliteWriter writer, SqliteWriter.Batch batch, SqliteTable table, String sql, Object... parameters)
            throws SQLException {
        record Gone(String id, long version) {}
        List<Gone> all = batch.session().list(row -> new Gone(row.getString(1), row.getLong(2)), sql, parameters);
        for (Gone gone : all) {
            batch.recent().deleted(table.schema.name, gone.id());
            batch.changes().deleted(table.schema, gone.id(), gone.version());
        }
        if (!all.isEmpty()) {
            writer.deleted();
        }
        return all.size();
    }
}
