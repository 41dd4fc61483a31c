package io.aiwm.controller.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config.Storage.Sync;
import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.DocumentStore.Page;
import io.aiwm.controller.store.DocumentStoreContract;
import io.aiwm.controller.store.Migration;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteStoreTest extends DocumentStoreContract {
    private static final List<Migration> ONE = List.of(new Migration(2, "status becomes state", JOBS, json -> {
        Object status = json.remove("status");
        return "DROP".equals(status) ? null : json.put("state", status);
    }));
    private static final Collection NEWER =
            new Collection(JOBS, List.of(Field.text("state"), Field.number("priority"), Field.text("node.zone")));

    private final AtomicInteger files = new AtomicInteger();

    @TempDir
    Path folder;

    @Override
    public DocumentStore fresh() {
        return new SqliteStore(vertx, folder.resolve("store" + files.incrementAndGet() + ".db"), Sync.NORMAL);
    }

    @Test
    void what_is_deleted_is_neither_in_the_file_nor_in_its_log() throws IOException {
        Path file = folder.resolve("erased.db");
        var store = new SqliteStore(vertx, file, Sync.NORMAL);
        store.open(List.of(new Collection(JOBS, List.of(Field.text("status"))))).await();
        for (int i = 0; i < 20; i++) {
            String secret = i < 10 ? "s3cret-" + i : "kept-" + i;
            String json = "{\"status\":\"x\",\"env\":\"" + secret + " ".repeat(i * 700) + "\"}";
            store.insert(JOBS, new Document("j" + i, 1, json)).await();
        }
        for (int i = 0; i < 9; i++) {
            store.delete(JOBS, "j" + i, 1).await();
        }
        store.deleteWhere(JOBS, Query.where(Condition.eq("id", "j9"))).await();
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(bytes(file)).doesNotContain("s3cret"));
        assertThat(bytes(file)).contains("kept-19");
        store.close().await();
    }

    private static String bytes(Path file) throws IOException {
        var all = new StringBuilder();
        for (String end : List.of("", "-wal")) {
            all.append(Files.readString(file.resolveSibling(file.getFileName() + end), StandardCharsets.ISO_8859_1));
        }
        return all.toString();
    }

    /** Written by the first version that had a store: schema 1, three jobs, the collection of the contract. */
    private Path olderFile() throws IOException {
        Path file = folder.resolve("older.db");
        try (InputStream older = SqliteStoreTest.class.getResourceAsStream("/store/schema-1.db")) {
            Files.copy(older, file);
        }
        return file;
    }

    @Test
    void a_second_store_on_the_same_file_is_refused_until_the_first_is_closed() {
        Path file = folder.resolve("shared.db");
        DocumentStore first = new SqliteStore(vertx, file, Sync.NORMAL);
        first.open(List.of(COLLECTION)).await();
        first.insert(JOBS, job("a", "NEW", 1)).await();
        DocumentStore second = new SqliteStore(vertx, file, Sync.NORMAL);
        Failure refused = refusal(second.open(List.of(COLLECTION)));
        assertThat(refused.kind).isEqualTo(Failure.Kind.CONFLICT);
        assertThat(refused).hasMessageContaining("another controller is using " + file);
        first.close().await();
        second.open(List.of(COLLECTION)).await();
        assertThat(second.get(JOBS, "a").await().json()).contains("NEW");
        second.close().await();
    }

    @Test
    void only_the_owner_may_read_the_file() throws IOException {
        try (var found = Files.list(folder)) {
            assertThat(found.filter(file -> !file.toString().endsWith(".lock")))
                    .isNotEmpty()
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isEqualTo("rw-------"));
        }
    }

    @Test
    void a_file_of_the_first_schema_opens_and_is_migrated_once() throws IOException {
        Path file = olderFile();
        for (int start = 0; start < 2; start++) {
            DocumentStore migrated = new SqliteStore(vertx, file, Sync.FULL, ONE);
            migrated.open(List.of(NEWER)).await();
            Query running = Query.where(Condition.eq("state", "RUNNING")).orderBy("priority", true);
            Page page = migrated.find(JOBS, running).await();
            assertThat(page.documents()).extracting(Document::id).containsExactly("a", "b");
            assertThat(page.documents().get(0).version()).isEqualTo(2);
            assertThat(migrated.count(JOBS, List.of(Condition.eq("node.zone", "z1")))
                            .await())
                    .isEqualTo(1);
            assertThat(migrated.get(JOBS, "c").await()).isNull();
            migrated.close().await();
        }
    }

    @Test
    void a_file_of_a_newer_schema_is_refused_and_left_alone() throws IOException {
        Path file = olderFile();
        DocumentStore newer = new SqliteStore(vertx, file, Sync.FULL, ONE);
        newer.open(List.of(NEWER)).await();
        newer.close().await();
        DocumentStore older = new SqliteStore(vertx, file, Sync.FULL, List.of());
        Failure refused = refusal(older.open(List.of(COLLECTION)));
        assertThat(refused.kind).isEqualTo(Failure.Kind.CONFLICT);
        assertThat(refused).hasMessageContaining("written by a newer AIWM (schema 2, this one knows 1)");
        newer.open(List.of(NEWER)).await();
        assertThat(newer.count(JOBS, List.of()).await()).isEqualTo(2);
        newer.close().await();
    }

    @Test
    void a_migration_that_fails_leaves_the_file_as_it_was() throws IOException {
        Path file = olderFile();
        Migration broken = new Migration(2, "breaks at the last record", JOBS, json -> {
            if ("c".equals(json.getString("id"))) {
                throw new IllegalStateException("broken on purpose");
            }
            return json.put("half", true);
        });
        DocumentStore failing = new SqliteStore(vertx, file, Sync.FULL, List.of(broken));
        assertThat(refusal(failing.open(List.of(COLLECTION))).kind).isEqualTo(Failure.Kind.INTERNAL);
        DocumentStore older = new SqliteStore(vertx, file, Sync.FULL, List.of());
        older.open(List.of(COLLECTION)).await();
        assertThat(older.find(JOBS, Query.all()).await().documents())
                .hasSize(3)
                .noneMatch(document -> document.json().contains("half"));
        older.close().await();
    }

    @Test
    void a_field_declared_later_finds_what_was_written_before_and_one_undeclared_is_gone() throws Exception {
        Path file = folder.resolve("fields.db");
        DocumentStore before = new SqliteStore(vertx, file, Sync.NORMAL);
        before.open(List.of(new Collection(JOBS, List.of(Field.text("status"), Field.text("kind")))))
                .await();
        for (int i = 0; i < 1_200; i++) {
            before.insert(JOBS, job("j" + i, i % 2 == 0 ? "EVEN" : "ODD", i)).await();
        }
        before.close().await();
        DocumentStore after = new SqliteStore(vertx, file, Sync.NORMAL);
        after.open(List.of(new Collection(
                        JOBS,
                        List.of(Field.text("status"), Field.number("priority")),
                        List.of(List.of("status", "priority")))))
                .await();
        Query query = Query.where(Condition.eq("status", "EVEN"), Condition.gte("priority", 1_190))
                .orderBy("priority", true);
        assertThat(after.find(JOBS, query).await().documents())
                .extracting(Document::id)
                .containsExactly("j1198", "j1196", "j1194", "j1192", "j1190");
        assertThat(refusal(after.count(JOBS, List.of(Condition.eq("kind", "x")))).kind)
                .isEqualTo(Failure.Kind.INVALID);
        after.close().await();
        try (var sqlite = DriverManager.getConnection("jdbc:sqlite:" + file);
                var statement = sqlite.createStatement();
                var plan = statement.executeQuery("EXPLAIN QUERY PLAN SELECT * FROM jobs WHERE f_status = 'EVEN'"
                        + " ORDER BY f_priority DESC, id DESC LIMIT 50")) {
            List<String> steps = new ArrayList<>();
            while (plan.next()) {
                steps.add(plan.getString("detail"));
            }
            assertThat(steps).containsExactly("SEARCH jobs USING INDEX by_jobs_status+priority (f_status=?)");
        }
    }

    @Test
    void a_file_that_is_no_database_is_named_in_the_refusal() throws IOException {
        Path file = Files.writeString(folder.resolve("letter.db"), "Dear Sir or Madam, ".repeat(100));
        Failure refused = refusal(new SqliteStore(vertx, file, Sync.FULL).open(List.of(COLLECTION)));
        assertThat(refused.kind).isEqualTo(Failure.Kind.UNAVAILABLE);
        assertThat(refused).hasMessageContaining("letter.db").hasMessageContaining("SQLITE_NOTADB");
    }

    @Test
    void what_was_accepted_before_closing_is_written() {
        Path file = folder.resolve("closing.db");
        DocumentStore closing = new SqliteStore(vertx, file, Sync.NORMAL);
        closing.open(List.of(COLLECTION)).await();
        List<Future<Void>> writes = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            writes.add(closing.insert(JOBS, job("j" + i, "NEW", i)));
        }
        closing.close().await();
        Future.join(writes).await();
        closing.open(List.of(COLLECTION)).await();
        assertThat(closing.count(JOBS, List.of()).await()).isEqualTo(500);
        closing.close().await();
    }
}
