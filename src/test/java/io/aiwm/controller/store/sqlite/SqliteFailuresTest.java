package io.aiwm.controller.store.sqlite;

import static io.aiwm.controller.store.DocumentStoreContract.COLLECTION;
import static io.aiwm.controller.store.DocumentStoreContract.JOBS;
import static io.aiwm.controller.store.DocumentStoreContract.job;
import static io.aiwm.controller.store.DocumentStoreContract.refusal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.aiwm.boot.Config.Storage.Sync;
import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.Query;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Failures of a store in a file: a full disk, a full queue, a file that is gone; and what they leave behind. */
@Timeout(60)
class SqliteFailuresTest {
    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        vertx.close().await();
    }

    @Test
    void more_than_the_queue_holds_is_refused_at_once_and_the_rest_is_written() throws SQLException {
        Path file = folder.resolve("full.db");
        var full = new SqliteStore(vertx, file, Sync.NORMAL);
        full.open(List.of(new Collection("things", List.of()))).await();
        String large = new JsonObject().put("status", "x".repeat(4 << 20)).encode();
        List<Future<Boolean>> tries = new ArrayList<>();
        List<Failure.Kind> refusals = Collections.synchronizedList(new ArrayList<>());
        try (var other = DriverManager.getConnection("jdbc:sqlite:" + file);
                var statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE"); // nothing is written meanwhile, so the queue fills up
            for (int i = 0; i < 40; i++) {
                tries.add(full.insert("things", new Document("big" + i, 1, large))
                        .map(true)
                        .otherwise(cause -> {
                            refusals.add(Failure.of(cause).kind);
                            return false;
                        }));
            }
            await().until(() -> !refusals.isEmpty());
            statement.execute("ROLLBACK");
        }
        Future.all(tries).await();
        long written = tries.stream().filter(Future::result).count();
        assertThat(refusals).isNotEmpty().containsOnly(Failure.Kind.LIMITED);
        assertThat(written).isEqualTo(40 - refusals.size());
        assertThat(full.count("things", List.of()).await()).isEqualTo(written);
        full.close().await();
    }

    @Test
    void a_full_disk_refuses_writes_until_there_is_room_and_loses_nothing_that_was_acknowledged() {
        var lines = new ListAppender<ILoggingEvent>();
        lines.start();
        var logger = (Logger) LoggerFactory.getLogger(SqliteFile.class);
        logger.addAppender(lines);
        var store = new SqliteStore(vertx, folder.resolve("disk.db"), Sync.NORMAL);
        store.open(List.of(COLLECTION)).await();
        store.insert(JOBS, job("kept", "NEW", 1)).await();
        store.insert(JOBS, job("twin", "NEW", 1)).await();

        for (int i = 0; i < 20; i++) {
            String id = "big" + i;
            List<Supplier<Future<?>>> writes = List.of(
                    () -> store.insert(JOBS, large(id, 1)),
                    () -> store.insertAll(JOBS, List.of(large(id, 1))),
                    () -> store.replaceIf(JOBS, large("kept", 2)));
            for (Supplier<Future<?>> write : writes) {
                limitPages(store, 1); // each time: the limit is the connection's, which no failure survives
                Failure refused = refusal(write.get());
                assertThat(refused).hasMessage("the disk of the data directory is full: make room and try again");
                assertThat(refused.kind).isEqualTo(Failure.Kind.UNAVAILABLE);
            }
            assertThat(store.get(JOBS, "kept").await().version()).isEqualTo(1);
            assertThat(store.get(JOBS, id).await()).isNull();
            assertThat(store.find(JOBS, Query.all()).await().documents()).hasSize(2);
            assertThat(store.count(JOBS, List.of()).await()).isEqualTo(2);
        }
        limitPages(store, 1_000_000);

        store.ping().await();
        assertThat(store.replaceIf(JOBS, large("kept", 2)).await()).isTrue();
        store.insert(JOBS, large("big1", 1)).await();
        assertThat(store.delete(JOBS, "twin", -1).await()).isTrue();
        assertThat(store.get(JOBS, "kept").await().version()).isEqualTo(2);
        store.close().await();
        store.open(List.of(COLLECTION)).await();
        assertThat(store.find(JOBS, Query.all()).await().documents())
                .extracting(Document::id)
                .containsExactly("big1", "kept");
        store.close().await();
        logger.detachAppender(lines);
        assertThat(lines.list)
                .singleElement()
                .satisfies(line -> assertThat(line.getThrowableProxy()).isNull())
                .extracting(ILoggingEvent::getFormattedMessage)
                .asString()
                .contains("disk.db failed with SQLITE_FULL");
    }

    @Test
    void after_a_failed_write_it_is_well_when_something_can_be_written_again() {
        var store = new SqliteStore(vertx, folder.resolve("ping.db"), Sync.NORMAL);
        store.open(List.of(COLLECTION)).await();
        limitPages(store, 1);
        refusal(store.insert(JOBS, large("a", 1)));
        writer(store)
                .submit(0, batch -> {
                    batch.session().execute("PRAGMA query_only = 1");
                    return null;
                })
                .await();
        assertThat(refusal(store.ping()).kind).isEqualTo(Failure.Kind.UNAVAILABLE);
        store.ping().await();
        store.close().await();
    }

    @Test
    void after_any_failure_neither_a_statement_nor_a_transaction_of_it_is_used_again() {
        var store = new SqliteStore(vertx, folder.resolve("torn.db"), Sync.NORMAL);
        store.open(List.of(COLLECTION)).await();
        for (int i = 0; i < 3; i++) {
            Document job = job("j" + i, "NEW", i);
            Future<Void> torn = writer(store).submit(0, batch -> {
                batch.session().update("INSERT INTO jobs (id, version, json) VALUES ('torn', 1, '{}')");
                batch.session().close();
                throw new IllegalStateException("broken on purpose");
            });
            assertThat(refusal(torn).kind).isEqualTo(Failure.Kind.INTERNAL);
            Future<Void> read = store.current.gets().submit(session -> {
                session.close();
                throw new SQLException("broken on purpose");
            });
            assertThat(refusal(read).kind).isEqualTo(Failure.Kind.INTERNAL);
            store.insert(JOBS, job).await();
            assertThat(store.get(JOBS, "torn").await()).isNull();
        }
        assertThat(store.count(JOBS, List.of()).await()).isEqualTo(3);
        store.close().await();
    }

    @Test
    void a_file_that_is_gone_when_a_failure_has_it_opened_again_is_not_taken_for_an_empty_one() throws IOException {
        Path file = folder.resolve("gone.db");
        var store = new SqliteStore(vertx, file, Sync.NORMAL);
        store.open(List.of(COLLECTION)).await();
        Future<Void> failing = writer(store).submit(0, batch -> {
            throw new SQLException("broken on purpose");
        });
        refusal(failing);
        Path aside = Files.move(file, folder.resolve("aside.db"));
        assertThat(refusal(store.insert(JOBS, job("a", "NEW", 1)))).hasMessageContaining("SQLITE_CANTOPEN");
        assertThat(file).doesNotExist();
        Files.move(aside, file);
        store.insert(JOBS, job("a", "NEW", 1)).await();
        store.close().await();
    }

    private static SqliteWriter writer(SqliteStore store) {
        return store.current.writer();
    }

    /** As a disk that is full: the file may grow to so many pages, or stay as large as it is. */
    private static void limitPages(SqliteStore store, int pages) {
        writer(store)
                .submit(0, batch -> {
                    batch.session().execute("PRAGMA max_page_count = " + pages);
                    return null;
                })
                .await();
    }

    private static Document large(String id, long version) {
        return new Document(
                id,
                version,
                new JsonObject()
                        .put("status", "NEW")
                        .put("note", "x".repeat(200_000))
                        .encode());
    }
}
