package io.aiwm.controller.store.sqlite;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Migration;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates tables, columns and indexes as declared, and migrates data of an older AIWM. All of this is one transaction; an interrupted
 * start leaves the file unchanged.
 */
final class SqliteSchema {
    private static final Logger log = LoggerFactory.getLogger(SqliteSchema.class);
    private static final int PAGE = 500;
    static final String META = "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)";
    /** Writes an unused value that differs each time, because SQLite does not write an unchanged page. */
    static final String TRY = "INSERT INTO meta (key, value) VALUES ('tried', hex(randomblob(8)))"
            + " ON CONFLICT (key) DO UPDATE SET value = excluded.value";

    private final SqliteSession session;
    private final Path file;
    private final List<Migration> migrations;

    SqliteSchema(SqliteSession session, Path file, List<Migration> migrations) {
        this.session = session;
        this.file = file;
        this.migrations = migrations;
    }

    void bringTo(Collection<SqliteTable> tables) throws SQLException {
        session.execute("BEGIN IMMEDIATE");
        int latest = Migration.latest(migrations);
        session.execute(META);
        session.execute(SqliteChanges.TABLE);
        String found = session.first(row -> row.getString(1), "SELECT value FROM meta WHERE key = 'schemaVersion'");
        int version = found == null ? latest : Integer.parseInt(found);
        if (version > latest) {
            throw new Failure(Failure.Kind.CONFLICT, Migration.downgradeRefused(file.toString(), version, latest));
        }
        for (Migration migration : migrations.subList(version - 1, migrations.size())) {
            log.info("{}: migration {}, {}", file, migration.version(), migration.description());
        }
        for (SqliteTable table : tables) {
            boolean moreColumns = columns(table);
            boolean migrated = migrations.subList(version - 1, migrations.size()).stream()
                    .anyMatch(migration -> migration.collection().equals(table.schema.name));
            if (moreColumns || migrated) {
                rewrite(table, version);
            }
            indexes(table);
        }
        session.update(
                "INSERT INTO meta (key, value) VALUES ('schemaVersion', ?)"
                        + " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                Integer.toString(latest));
        session.execute("COMMIT");
    }

    /** @return whether there are records whose new columns are still empty */
    private boolean columns(SqliteTable table) throws SQLException {
        session.execute("CREATE TABLE IF NOT EXISTS " + table.quoted
                + " (id TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, json TEXT NOT NULL)");
        Map<String, String> found = new HashMap<>();
        session.list(
                row -> found.put(row.getString(1), row.getString(2)),
                "SELECT name, type FROM pragma_table_info(?) WHERE name LIKE 'f\\_%' ESCAPE '\\'",
                table.schema.name);
        Map<String, String> wanted = new LinkedHashMap<>();
        for (Field field : table.schema.fields) {
            wanted.put("f_" + field.path(), type(field));
        }
        for (String column : found.keySet()) {
            if (!found.get(column).equals(wanted.get(column))) {
                for (String index : indexesNaming(table, column)) {
                    session.execute("DROP INDEX \"" + index + '"');
                }
                session.execute("ALTER TABLE " + table.quoted + " DROP COLUMN \"" + column + '"');
            }
        }
        boolean more = false;
        for (Map.Entry<String, String> column : wanted.entrySet()) {
            if (!column.getValue().equals(found.get(column.getKey()))) {
                session.execute(
                        "ALTER TABLE " + table.quoted + " ADD COLUMN \"" + column.getKey() + "\" " + column.getValue());
                more = true;
            }
        }
        return more;
    }

    private static String type(Field field) {
        return switch (field.type()) {
            case NUMBER, TIME -> "NUMERIC";
            case TEXT, TEXT_ARRAY -> "TEXT";
        };
    }

    private List<String> indexesNaming(SqliteTable table, String column) throws SQLException {
        return session.list(
                row -> row.getString(1),
                "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND instr(sql, ?) > 0",
                table.schema.name,
                '"' + column + '"');
    }

    /** Applies migrations to every record and fills its columns again. */
    private void rewrite(SqliteTable table, int version) throws SQLException {
        String update = table.schema.fields.stream()
                .map(field -> ", " + SqliteTable.column(field.path()) + " = ?")
                .collect(Collectors.joining("", "UPDATE " + table.quoted + " SET json = ?", " WHERE rowid = ?"));
        record Old(long row, String id, long version, String json) {}
        String next = "SELECT rowid, id, version, json FROM " + table.quoted + " WHERE rowid > ? ORDER BY rowid LIMIT "
                + PAGE;
        long last = Long.MIN_VALUE;
        while (true) {
            List<Old> page = session.list(
                    row -> new Old(row.getLong(1), row.getString(2), row.getLong(3), row.getString(4)), next, last);
            if (page.isEmpty()) {
                return;
            }
            if (last == Long.MIN_VALUE) {
                log.info("{}: {} are brought to the present form, which may take a while", file, table.schema.name);
            }
            for (Old old : page) {
                last = old.row();
                JsonObject before;
                try {
                    before = new JsonObject(Objects.requireNonNull(old.json()));
                } catch (DecodeException | NullPointerException torn) {
                    log.error("{} {} cannot be read and stays as it is", table.schema.name, old.id(), torn);
                    continue;
                }
                JsonObject after = Migration.apply(migrations, version, table.schema.name, before.copy());
                if (after == null) {
                    session.update("DELETE FROM " + table.quoted + " WHERE rowid = ?", old.row());
                } else {
                    String json = after.equals(before) ? old.json() : after.encode();
                    List<Object> parameters = new ArrayList<>();
                    parameters.add(json);
                    parameters.addAll(table.values(new Document(old.id(), old.version(), json)));
                    parameters.add(old.row());
                    session.update(update, parameters.toArray());
                }
            }
        }
    }

    private void indexes(SqliteTable table) throws SQLException {
        Map<String, String> wanted = new LinkedHashMap<>();
        for (Field field : table.schema.fields) {
            if (field.type() != DocumentStore.Type.TEXT_ARRAY && !table.schema.leadsIndex(field)) {
                String column = SqliteTable.column(field.path());
                add(wanted, table, field.path(), field.unique() ? column : column + ", id", field.unique());
            }
        }
        for (List<String> fields : table.schema.indexes) {
            String columns = fields.stream().map(SqliteTable::column).collect(Collectors.joining(", "));
            add(wanted, table, String.join("+", fields), columns + ", id", false);
        }
        Map<String, String> found = new HashMap<>();
        session.list(
                row -> found.put(row.getString(1), row.getString(2)),
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
                table.schema.name);
        for (Map.Entry<String, String> index : found.entrySet()) {
            if (!index.getValue().equals(wanted.get(index.getKey()))) {
                session.execute("DROP INDEX \"" + index.getKey() + '"');
            }
        }
        for (Map.Entry<String, String> index : wanted.entrySet()) {
            if (!index.getValue().equals(found.get(index.getKey()))) {
                session.execute(index.getValue());
            }
        }
    }

    private static void add(
            Map<String, String> wanted, SqliteTable table, String what, String columns, boolean unique) {
        String name = "by_" + table.schema.name + "_" + what;
        wanted.put(
                name,
                "CREATE " + (unique ? "UNIQUE " : "") + "INDEX \"" + name + "\" ON " + table.quoted + " (" + columns
                        + ")");
    }
}
