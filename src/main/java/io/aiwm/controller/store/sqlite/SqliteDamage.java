package io.aiwm.controller.store.sqlite;

import io.aiwm.controller.store.UnreadableRecords;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** Finds the records of a table on torn pages, so that lists report them as unreadable. */
final class SqliteDamage {
    private static final Logger log = LoggerFactory.getLogger(SqliteDamage.class);

    private final UnreadableRecords unreadable;

    SqliteDamage(UnreadableRecords unreadable) {
        this.unreadable = unreadable;
    }

    static boolean is(SQLException cause) {
        return cause instanceof SQLiteException sqlite
                && (sqlite.getErrorCode() & 0xff) == SQLiteErrorCode.SQLITE_CORRUPT.code;
    }

    /** Reports all records that are in the index of ids and not in the table. Reads the whole table. */
    void name(SqliteSession session, SqliteTable table) throws SQLException {
        session.list(row -> row.getString(1), table.torn).forEach(id -> found(table, id));
    }

    void found(SqliteTable table, String id) {
        if (unreadable.found(table.schema.name, id)) {
            log.error("{} {} cannot be read: its part of the data file is damaged", table.schema.name, id);
        }
    }
}
