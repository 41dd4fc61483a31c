package io.aiwm.controller.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.boot.Config;
import io.aiwm.boot.ConfigBatchesBuilder;
import io.aiwm.controller.objects.LocalObjectStore;
import io.aiwm.controller.objects.ObjectStore;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BatchFilesTest {
    private static final Instant BORN = Instant.parse("2026-01-01T00:00:00Z");
    private static final Owner ADA = new Owner("ada", BORN, "key_1");

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private SqliteStore store;
    private ObjectStore objects;
    private Instant now = Instant.parse("2026-11-21T10:00:00Z");
    private BatchFiles files;

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("aiwm.db"), Config.Storage.Sync.NORMAL);
        store.open(List.of(BatchFiles.COLLECTION)).await();
        objects = new LocalObjectStore(vertx, folder.resolve("objects"));
        objects.open().await();
        files = files();
    }

    private static Future<Boolean> isUsed(String id) {
        return Future.succeededFuture(false);
    }

    private BatchFiles files() {
        var limits = ConfigBatchesBuilder.builder()
                .maxFileBytes(100)
                .maxLines(10)
                .maxFiles(3)
                .maxUserBytes(250)
                .maxOpen(2)
                .retention(Duration.ofHours(2))
                .parallel(4)
                .maxParallel(8)
                .build();
        return new BatchFiles(store, objects, () -> now, limits, true);
    }

    @AfterEach
    void close() {
        objects.close().await();
        store.close().await();
        vertx.close().await();
    }

    private BatchFile put(Owner owner, int bytes) {
        var sent = new BatchFiles.Sent(owner, "lines.jsonl", null);
        return files.begin(sent, bytes)
                .compose(begun -> files.fill(
                        begun, new InMemoryContent(vertx.getOrCreateContext(), Buffer.buffer("x".repeat(bytes)))))
                .await();
    }

    private List<BatchFile> seenBy(Owner owner) {
        return files.list(owner, new BatchFiles.Wanted(null, 10, null, true)).await();
    }

    @Test
    void a_file_is_refused_that_is_too_large_or_has_no_room() {
        assertThatThrownBy(() -> put(ADA, 101)).hasMessageContaining("100 bytes");
        put(ADA, 100);
        put(ADA, 100);
        assertThatThrownBy(() -> put(ADA, 51)).hasMessageContaining("50 are left");
        put(ADA, 50);
        assertThatThrownBy(() -> put(ADA, 0)).hasMessageContaining("3 files");
        put(new Owner("bob", BORN, "key_2"), 100);
        assertThat(seenBy(ADA)).hasSize(3);
    }

    @Test
    void more_than_was_said_is_not_kept() {
        var sent = new BatchFiles.Sent(ADA, "lines.jsonl", null);
        BatchFile begun = files.begin(sent, 10).await();
        var more = new InMemoryContent(vertx.getOrCreateContext(), Buffer.buffer("x".repeat(11)));
        assertThatThrownBy(() -> files.fill(begun, more).await()).isNotNull();
        assertThat(seenBy(ADA)).isEmpty();
        assertThat(objects.list("batch/", null, 10).await().objects()).isEmpty();
        put(ADA, 100);
    }

    @Test
    void files_are_seen_by_their_key_and_by_its_user() {
        BatchFile file = put(ADA, 1);
        assertThat(files.get(file.id(), ADA).await().name()).isEqualTo("lines.jsonl");
        assertThat(seenBy(new Owner("ada", BORN, null))).hasSize(1);
        for (var other : List.of(
                new Owner("ada", BORN, "key_2"),
                new Owner("ada", BORN.plusSeconds(1), null),
                new Owner("bob", BORN, null))) {
            assertThat(seenBy(other)).isEmpty();
            assertThatThrownBy(() -> files.get(file.id(), other).await()).hasMessageContaining("does not exist");
        }
    }

    @Test
    void a_page_says_that_there_are_more_also_behind_one_that_is_not_shown() {
        BatchFile oldest = put(ADA, 1);
        BatchFile middle = put(ADA, 1);
        files.begin(new BatchFiles.Sent(ADA, "coming.jsonl", null), 1).await();
        assertThat(files.list(ADA, new BatchFiles.Wanted(null, 1, null, true)).await())
                .extracting(BatchFile::id)
                .containsExactly(middle.id(), oldest.id());
    }

    @Test
    void a_file_goes_when_its_time_is_over() {
        BatchFile file = put(ADA, 1);
        BatchFile longer =
                files.keep(put(ADA, 1), Duration.ofHours(5).toSeconds()).await();
        now = now.plus(Duration.ofHours(3));
        assertThat(seenBy(ADA)).extracting(BatchFile::id).containsExactly(longer.id());
        files.run(BatchFilesTest::isUsed).await();
        assertThat(objects.list("batch/", null, 10).await().objects())
                .extracting(ObjectStore.Listed::key)
                .containsExactly(longer.key());
        assertThatThrownBy(() -> files.get(file.id(), ADA).await()).hasMessageContaining("does not exist");
    }

    @Test
    void a_file_that_is_still_read_stays_when_its_time_is_over() {
        BatchFile file = put(ADA, 1);
        now = now.plus(Duration.ofHours(3));
        files.run(id -> Future.succeededFuture(id.equals(file.id()))).await();
        assertThat(objects.list("batch/", null, 10).await().objects()).hasSize(1);
        files.run(BatchFilesTest::isUsed).await();
        assertThat(objects.list("batch/", null, 10).await().objects()).isEmpty();
    }

    @Test
    void what_a_process_that_is_gone_took_in_is_deleted() {
        files.begin(new BatchFiles.Sent(ADA, "lines.jsonl", null), 100).await();
        files.run(BatchFilesTest::isUsed).await();
        put(ADA, 100);
        assertThatThrownBy(() -> put(ADA, 100)).hasMessageContaining("left");
        files = files();
        files.run(BatchFilesTest::isUsed).await();
        put(ADA, 100);
    }
}
