package io.aiwm.controller.store.sqlite;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.controller.store.ChangeReader;
import io.aiwm.controller.store.CollectionSchema;
import io.aiwm.controller.store.Cursor;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Migration;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.UnreadableRecords;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * The embedded default: one file, for one controller. A second one on the same file refuses to start. Writes go to
 * {@link SqliteWriter}, reads of records in work come from {@link RecentRows}, others from {@link SqliteReaders}; no
 * caller ever waits for the disk.
 */
public final class SqliteStore implements DocumentStore {
    private final Vertx vertx;
    private final Path file;
    private final Config.Storage storage;
    private final List<Migration> migrations;
    private final UnreadableRecords unreadable = new UnreadableRecords();
    private final SqliteDamage damage = new SqliteDamage(unreadable);
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    /** Null while it is closed. */
    volatile SqliteFile current;

    /** @param storage its sync FULL: an acknowledged write survives power loss; NORMAL: it survives kill -9 */
    public SqliteStore(Vertx vertx, Path file, Config.Storage storage) {
        this(vertx, file, storage, Migration.ALL);
    }

    public SqliteStore(Vertx vertx, Path file, Config.Storage.Sync sync) {
        this(vertx, file, sync, Migration.ALL);
    }

    SqliteStore(Vertx vertx, Path file, Config.Storage.Sync sync, List<Migration> migrations) {
        this(vertx, file, new Config.Storage(null, sync, false), migrations);
    }

    private SqliteStore(Vertx vertx, Path file, Config.Storage storage, List<Migration> migrations) {
        this.vertx = vertx;
        this.file = file;
        this.storage = storage;
        this.migrations = migrations;
    }

    /** Fails with CONFLICT when another controller has the file, or a newer AIWM wrote it. */
    @Override
    public Future<Void> open(List<Collection> collections) {
        Map<String, SqliteTable> tables = new LinkedHashMap<>();
        collections.forEach(one -> tables.put(one.name(), new SqliteTable(new CollectionSchema(one))));
        return vertx.executeBlocking(() -> {
            current = SqliteFile.open(vertx, file, storage, migrations, tables, this::tell);
            return null;
        });
    }

    @Override
    public Future<Void> insert(String collection, Document document) {
        return with(open -> {
            SqliteTable table = open.table(collection);
            RecentRows.Row row = SqliteWrites.row(table, document);
            return open.writer().submit(document.json().length(), batch -> {
                if (!SqliteWrites.insert(batch, table, row)) {
                    throw Failure.conflict(
                            "in " + collection + " the id " + document.id() + ", or a unique value, is taken");
                }
                return null;
            });
        });
    }

    @Override
    public Future<List<Boolean>> insertAll(String collection, List<Document> documents) {
        return with(open -> SqliteWrites.all(open, open.table(collection), documents, SqliteWrites::insert));
    }

    @Override
    public Future<Void> putAll(String collection, List<Document> documents) {
        return with(open -> {
            SqliteTable table = open.table(collection);
            table.schema.replaceable();
            return SqliteWrites.all(open, table, documents, SqliteWrites::put).mapEmpty();
        });
    }

    @Override
    public Future<Document> get(String collection, String id) {
        return with(open -> {
            SqliteTable table = open.table(collection);
            Document recent = open.recent().committed(collection, id);
            return recent != null
                    ? Future.succeededFuture(recent)
                    : open.gets().submit(session -> get(session, table, id));
        });
    }

    private Document get(SqliteSession session, SqliteTable table, String id) throws SQLException {
        try {
            return session.first(SqliteTable::read, table.byId, id);
        } catch (SQLException torn) {
            if (!SqliteDamage.is(torn)) {
                throw torn;
            }
            damage.found(table, id);
            throw new Failure(
                    Failure.Kind.INTERNAL,
                    table.schema.name + " " + id + " cannot be read: its part of the data file is damaged");
        }
    }

    @Override
    public Future<Boolean> replaceIf(String collection, Document document) {
        return with(open -> {
            SqliteTable table = open.table(collection);
            RecentRows.Row row = SqliteWrites.row(table, document);
            return open.writer().submit(document.json().length(), batch -> SqliteWrites.replace(batch, table, row));
        });
    }

    @Override
    public Future<Boolean> delete(String collection, String id, long version) {
        return with(open -> {
            SqliteTable table = open.table(collection);
            return open.writer().submit(100, batch -> {
                Object[] which = version == -1 ? new Object[] {id} : new Object[] {id, version};
                return 1
                        == SqliteWrites.deleted(
                                open.writer(), batch, table, version == -1 ? table.delete : table.deleteVersion, which);
            });
        });
    }

    @Override
    public Future<Long> deleteWhere(String collection, Query query) {
        return with(open -> {
            SqliteTable table = open.table(collection);
            List<List<Query.Condition>> ranges = Cursor.ranges(table.schema, query);
            table.find(query, List.of(), 1);
            return open.writer().submit(1_000, batch -> {
                long deleted = 0;
                for (List<Query.Condition> range : ranges) {
                    SqliteTable.Sql sql = table.deleteWhere(query, range, query.limit() - (int) deleted);
                    deleted += SqliteWrites.deleted(open.writer(), batch, table, sql.text(), sql.bound());
                    if (deleted == query.limit()) {
                        break;
                    }
                }
                return deleted;
            });
        });
    }

    @Override
    public Future<Page> find(String collection, Query query) {
        return with(open -> {
            SqliteTable table = open.table(collection);
            List<SqliteTable.Sql> parts = new ArrayList<>();
            List<SqliteTable.Sql> besideDamage = new ArrayList<>();
            for (List<Query.Condition> range : Cursor.ranges(table.schema, query)) {
                // One more than asked for tells whether there is a next page.
                parts.add(table.find(query, range, query.limit() + 1));
                besideDamage.add(table.findBesideDamage(query, range, query.limit() + 1));
            }
            return open.queries().submit(session -> {
                try {
                    return table.page(session, query, parts);
                } catch (SQLException torn) {
                    if (!SqliteDamage.is(torn)) {
                        throw torn;
                    }
                    damage.name(session, table);
                    return table.page(session, query, besideDamage);
                }
            });
        });
    }

    @Override
    public UnreadableRecords unreadable() {
        return unreadable;
    }

    @Override
    public Future<Long> count(String collection, List<Query.Condition> where) {
        return with(open -> {
            SqliteTable.Sql sql = open.table(collection).count(where);
            return open.queries().submit(session -> session.first(row -> row.getLong(1), sql.text(), sql.bound()));
        });
    }

    @Override
    public Future<Map<String, Long>> countBy(String collection, String field, List<Query.Condition> where) {
        return with(open -> {
            SqliteTable table = open.table(collection);
            SqliteTable.Sql sql = table.countBy(table.schema.countable(field), where);
            return open.queries().submit(session -> {
                Map<String, Long> counts = new LinkedHashMap<>();
                session.list(row -> counts.put(row.getString(1), row.getLong(2)), sql.text(), sql.bound());
                return counts;
            });
        });
    }

    @Override
    public ChangeReader changes(Set<String> collections, String position) {
        SqliteFile open = current;
        if (open == null) {
            throw CollectionSchema.closed();
        }
        collections.forEach(one -> open.table(one).schema.telling());
        return new SqliteChangeReader(
                work -> with(there -> there.queries().submit(work)),
                this::recentChanges,
                Set.copyOf(collections),
                position);
    }

    private RecentChanges recentChanges() {
        SqliteFile open = current;
        return open == null ? null : open.writer().recentChanges();
    }

    @Override
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    private void tell() {
        listeners.forEach(Runnable::run);
    }

    @Override
    public Future<Void> trimChanges(List<String> passed, ChangeRetention retention) {
        return with(open -> {
                    long row = passed.stream()
                            .mapToLong(one -> SqliteChangeReader.Place.of(one).row())
                            .min()
                            .orElse(Long.MAX_VALUE);
                    return open.writer().submit(100, batch -> batch.changes().trim(batch.session(), row, retention));
                })
                .compose(more -> more ? trimChanges(passed, retention) : Future.succeededFuture());
    }

    @Override
    public Future<Void> ping() {
        return with(open -> open.writer().ping());
    }

    /** Writes what was accepted, then closes the file. */
    @Override
    public Future<Void> close() {
        SqliteFile closing = current;
        current = null;
        if (closing == null) {
            return Future.succeededFuture();
        }
        Promise<Void> closed = ((VertxInternal) vertx).getOrCreateContext().promise();
        closing.close().onComplete(closed);
        return closed.future();
    }

    @Override
    public Document encode(String collection, String id, long version, Object record) {
        SqliteFile open = current;
        return open == null
                ? DocumentStore.super.encode(collection, id, version, record)
                : open.table(collection).schema.encode(id, version, record);
    }

    private <T> Future<T> with(Function<SqliteFile, Future<T>> work) {
        SqliteFile open = current;
        if (open == null) {
            return Future.failedFuture(CollectionSchema.closed());
        }
        try {
            return work.apply(open);
        } catch (Failure refused) {
            return Future.failedFuture(refused);
        }
    }
}
