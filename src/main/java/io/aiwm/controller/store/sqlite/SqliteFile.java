package io.aiwm.controller.store.sqlite;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.PrivateFiles;
import io.aiwm.common.RateLimitedLog;
import io.aiwm.controller.store.CollectionSchema;
import io.aiwm.controller.store.Migration;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An open data file: who writes it, who reads it, and the lock that makes it ours.
 *
 * @param gets reads of one record, answered in groups
 * @param queries reads that may take long, one at a time per thread
 */
record SqliteFile(
        Map<String, SqliteTable> tables,
        FileLock lock,
        RecentRows recent,
        SqliteWriter writer,
        SqliteReaders gets,
        SqliteReaders queries) {
    private static final Logger log = LoggerFactory.getLogger(SqliteFile.class);
    /**
     * About the rows of a thousand executions in work. More would keep those that have ended, long enough to be moved into
     * the old generation of the heap, which then grows by them until it is collected.
     */
    private static final long RECENT_CHARS = 4L << 20;

    private static final int GETS_AT_ONCE = 64;
    private static final int QUERY_THREADS = 2;

    /** Blocks. Leaves nothing open when it fails. */
    static SqliteFile open(
            Vertx vertx,
            Path file,
            Config.Storage storage,
            List<Migration> migrations,
            Map<String, SqliteTable> tables,
            Runnable changed) {
        List<AutoCloseable> opened = new ArrayList<>();
        RateLimitedLog failures = RateLimitedLog.failures(log);
        try {
            SqliteLibrary.load();
            PrivateFiles.folders(file.toAbsolutePath().getParent());
            FileLock lock = FileLock.of(file);
            opened.add(lock);
            SqliteCreation.ensure(file, storage.acceptEmpty(), failures);
            SqliteSession writing = SqliteSession.writing(file, storage.sync(), failures);
            opened.add(0, writing);
            new SqliteSchema(writing, file, migrations).bringTo(tables.values());
            List<SqliteSession> reading = new ArrayList<>();
            for (int i = 0; i < 1 + QUERY_THREADS; i++) {
                reading.add(SqliteSession.reading(file, failures));
                opened.add(0, reading.get(i));
            }
            RecentRows recent = new RecentRows(RECENT_CHARS);
            SqliteReaders gets = new SqliteReaders(vertx, "get", reading.subList(0, 1), GETS_AT_ONCE);
            SqliteReaders queries = new SqliteReaders(vertx, "query", reading.subList(1, reading.size()), 1);
            SqliteWriter writer = new SqliteWriter(vertx, writing, recent, () -> checkpoint(queries), changed);
            return new SqliteFile(tables, lock, recent, writer, gets, queries);
        } catch (SQLException | IOException | RuntimeException cause) {
            opened.forEach(SqliteFile::closeQuietly);
            throw failure(file, cause, failures);
        }
    }

    private static Failure failure(Path file, Exception cause, RateLimitedLog failures) {
        if (cause instanceof IOException) {
            return new Failure(Failure.Kind.UNAVAILABLE, file + " cannot be opened: " + cause.getMessage());
        }
        Failure failure = SqliteSession.failure(cause, file, failures);
        return failure == cause ? failure : new Failure(failure.kind, file + ": " + failure.getMessage());
    }

    /** Checkpoints the log in the background, so that no write waits for it. */
    private static void checkpoint(SqliteReaders queries) {
        queries.submit(session -> {
                    session.execute("PRAGMA wal_checkpoint(PASSIVE)");
                    return null;
                })
                .onFailure(cause -> log.debug("no checkpoint: {}", cause.getMessage()));
    }

    SqliteTable table(String collection) {
        SqliteTable table = tables.get(collection);
        if (table == null) {
            throw CollectionSchema.unknown(collection);
        }
        return table;
    }

    /** The writer ends last, so that closing its session empties the log. */
    Future<Void> close() {
        return Future.join(gets.stop(), queries.stop())
                .eventually(writer::stop)
                .onComplete(ended -> closeQuietly(lock))
                .mapEmpty();
    }

    private static void closeQuietly(AutoCloseable one) {
        try {
            one.close();
        } catch (Exception cause) {
            log.warn("not closed cleanly", cause);
        }
    }
}
