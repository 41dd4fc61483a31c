package io.aiwm.controller.store;

import io.aiwm.boot.Config;
import io.aiwm.protocol.Failure;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** One connection and its prepared statements. Belongs to one thread. */
final class SqliteSession implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SqliteSession.class);
    private static final int MAX_STATEMENTS = 256;
    private static final int BUSY_MILLIS = 10_000;

    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    private final Connection connection;
    private final Map<String, PreparedStatement> statements = new LinkedHashMap<>(64, 0.75f, true);

    private SqliteSession(Connection connection) {
        this.connection = connection;
    }

    /** The one session that writes. */
    static SqliteSession writing(Path file, Config.Storage.Sync sync) throws SQLException {
        SqliteSession session = new SqliteSession(DriverManager.getConnection("jdbc:sqlite:" + file));
        session.pragmas(
                "busy_timeout=" + BUSY_MILLIS,
                "journal_mode=WAL",
                "synchronous=" + sync.name(),
                "cache_size=-65536",
                "wal_autocheckpoint=" + SqliteWriter.WAL_PAGES_LIMIT,
                "journal_size_limit=134217728",
                "temp_store=MEMORY");
        return session;
    }

    static SqliteSession reading(Path file) throws SQLException {
        SqliteSession session = new SqliteSession(DriverManager.getConnection("jdbc:sqlite:" + file));
        session.pragmas("busy_timeout=" + BUSY_MILLIS, "query_only=1", "cache_size=-16384", "temp_store=MEMORY");
        return session;
    }

    private void pragmas(String... settings) throws SQLException {
        try (var statement = connection.createStatement()) {
            for (String setting : settings) {
                statement.execute("PRAGMA " + setting);
            }
        } catch (SQLException cause) {
            connection.close();
            throw cause;
        }
    }

    /** Runs a statement that is not worth keeping. */
    void execute(String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** @param parameters String, Long, Double or null @return how many rows it changed */
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
            statement = connection.prepareStatement(sql);
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

    @Override
    public void close() throws SQLException {
        for (PreparedStatement statement : statements.values()) {
            statement.close();
        }
        statements.clear();
        connection.close();
    }

    static boolean taken(SQLException cause) {
        return cause instanceof SQLiteException sqlite
                && (sqlite.getResultCode() == SQLiteErrorCode.SQLITE_CONSTRAINT_UNIQUE
                        || sqlite.getResultCode() == SQLiteErrorCode.SQLITE_CONSTRAINT_PRIMARYKEY);
    }

    /** What a caller is told; the log has the rest. */
    static Failure failure(Throwable cause) {
        if (cause instanceof Failure failure) {
            return failure;
        }
        log.error("the data file failed", cause);
        if (!(cause instanceof SQLiteException sqlite)) {
            return new Failure(Failure.Kind.INTERNAL, "the store failed; see the controller's log");
        }
        return new Failure(
                Failure.Kind.UNAVAILABLE,
                sqlite.getResultCode() == SQLiteErrorCode.SQLITE_FULL
                        ? "the disk of the data directory is full: make room and try again"
                        : "the data file cannot be used ("
                                + sqlite.getResultCode().name() + ")");
    }
}
