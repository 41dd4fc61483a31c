package io.aiwm.controller.store.sqlite;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.RateLimitedLog;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;
import org.sqlite.SQLiteOpenMode;

/** One connection and its prepared statements. Belongs to one thread. */
final class SqliteSession implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SqliteSession.class);
    private static final int MAX_STATEMENTS = 256;
    private static final int BUSY_MILLIS = 10_000;

    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    private final Path file;
    private final List<String> settings;
    private final RateLimitedLog failures;
    private final Map<String, PreparedStatement> statements = new LinkedHashMap<>(64, 0.75f, true);
    /** Null between a failure and the next use. */
    private Connection connection;

    private SqliteSession(Path file, RateLimitedLog failures, List<String> settings) throws SQLException {
        this.file = file;
        this.failures = failures;
        this.settings = settings;
        connection();
    }

    /** The one session that writes. */
    static SqliteSession writing(Path file, Config.Storage.Sync sync, RateLimitedLog failures) throws SQLException {
        return new SqliteSession(
                file,
                failures,
                List.of(
                        "busy_timeout=" + BUSY_MILLIS,
                        "journal_mode=WAL",
                        "synchronous=" + sync.name(),
                        "cache_size=-16384",
                        "wal_autocheckpoint=" + SqliteWriter.WAL_PAGES_LIMIT,
                        "journal_size_limit=134217728",
                        "secure_delete=ON",
                        "temp_store=MEMORY"));
    }

    /** For a file that is being created: complete on disk when it is closed, with no log beside it. */
    static SqliteSession making(Path file, RateLimitedLog failures) throws SQLException {
        return new SqliteSession(file, failures, List.of("journal_mode=MEMORY", "synchronous=FULL"));
    }

    static SqliteSession reading(Path file, RateLimitedLog failures) throws SQLException {
        return new SqliteSession(
                file,
                failures,
                List.of("busy_timeout=" + BUSY_MILLIS, "query_only=1", "cache_size=-8192", "temp_store=MEMORY"));
    }

    private Connection connection() throws SQLException {
        if (connection == null) {
            SQLiteConfig config = new SQLiteConfig();
            config.resetOpenMode(SQLiteOpenMode.CREATE); // a file that is gone is no empty one
            Connection fresh = config.createConnection("jdbc:sqlite:" + file);
            try (var statement = fresh.createStatement()) {
                for (String setting : settings) {
                    statement.execute("PRAGMA " + setting);
                }
            } catch (SQLException cause) {
                fresh.close();
                throw cause;
            }
            connection = fresh;
        }
        return connection;
    }

    /**
     * Closes the connection after a failure. No part of it is used again, because SQLite closes failed statements and may leave a transaction
     * open or end it. The next use opens the file again.
     *
     * @return the failure for callers; the log has the details
     */
    Failure failed(Exception cause) {
        try {
            close();
        } catch (SQLException again) {
            log.debug("not closed cleanly after a failure", again);
        }
        return failure(cause, file, failures);
    }

    /** Runs a statement without caching it. */
    void execute(String sql) throws SQLException {
        try (var statement = connection().createStatement()) {
            statement.execute(sql);
        }
    }

    /**
     * Moves the complete log into the file and empties it, without waiting for readers.
     *
     * @return whether it is empty now
     */
    boolean emptyLog() throws SQLException {
        try (var statement = connection().createStatement()) {
            statement.execute("PRAGMA busy_timeout=0");
            try (ResultSet done = statement.executeQuery("PRAGMA wal_checkpoint(TRUNCATE)")) {
                return done.next() && done.getInt(1) == 0;
            } finally {
                statement.execute("PRAGMA busy_timeout=" + BUSY_MILLIS);
            }
        }
    }

    /** @param parameters String, Long, Double or null @return the number of changed rows */
    int update(String sql, Object... parameters) throws SQLException {
        return bound(sql, parameters).executeUpdate();
    }

    <T> List<T> list(Row<T> reader, String sql, Object... parameters) throws SQLException {
        try (ResultSet rows = bound(sql, parameters).executeQuery()) {
            List<T> found = new ArrayList<>();
            while (rows.next()) {
                found.add(reader.read(rows));
            }
            return found;
        }
    }

    /** @return the first row, or null */
    <T> T first(Row<T> reader, String sql, Object... parameters) throws SQLException {
        try (ResultSet rows = bound(sql, parameters).executeQuery()) {
            return rows.next() ? reader.read(rows) : null;
        }
    }

    private PreparedStatement bound(String sql, Object... parameters) throws SQLException {
        PreparedStatement statement = statements.get(sql);
        if (statement == null) {
            statement = connection().prepareStatement(sql);
            statements.put(sql, statement);
            if (statements.size() > MAX_STATEMENTS) {
                var eldest = statements.values().iterator();
                eldest.next().close();
                eldest.remove();
            }
        }
        for (int i = 0; i < parameters.length; i++) {
            Object value = parameters[i];
            if (value instanceof String text) {
                statement.setString(i + 1, text);
            } else if (value instanceof Long number) {
                statement.setLong(i + 1, number);
            } else if (value instanceof Double number) {
                statement.setDouble(i + 1, number);
            } else {
                statement.setObject(i + 1, null);
            }
        }
        return statement;
    }

    /** Closes its statements too, and ends an open transaction without its changes. */
    @Override
    public void close() throws SQLException {
        statements.clear();
        Connection closing = connection;
        connection = null;
        if (closing != null) {
            closing.close();
        }
    }

    static boolean taken(SQLException cause) {
        return cause instanceof SQLiteException sqlite
                && (sqlite.getResultCode() == SQLiteErrorCode.SQLITE_CONSTRAINT_UNIQUE
                        || sqlite.getResultCode() == SQLiteErrorCode.SQLITE_CONSTRAINT_PRIMARYKEY);
    }

    static Failure failure(Exception cause, Path file, RateLimitedLog failures) {
        if (cause instanceof Failure failure) {
            return failure;
        }
        if (!(cause instanceof SQLiteException sqlite)) {
            failures.failed("the store failed, " + cause.getClass().getSimpleName(), cause);
            return new Failure(Failure.Kind.INTERNAL, "the store failed; see the controller's log");
        }
        failures.failed(file + " failed with " + sqlite.getResultCode().name(), cause.getMessage());
        String code = sqlite.getResultCode().name();
        boolean damaged = SqliteDamage.is(sqlite) || sqlite.getResultCode() == SQLiteErrorCode.SQLITE_NOTADB;
        return new Failure(
                Failure.Kind.UNAVAILABLE,
                damaged
                        ? "the data file is damaged (" + code
                                + "): stop, and restore it from a backup, together with its" + " -wal file"
                        : sqlite.getResultCode() == SQLiteErrorCode.SQLITE_FULL
                                ? "the disk of the data directory is full: make room and try again"
                                : "the data file cannot be used (" + code + ")");
    }
}
