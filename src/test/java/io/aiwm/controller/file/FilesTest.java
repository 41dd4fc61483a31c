package io.aiwm.controller.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.Sha256;
import io.aiwm.controller.objects.LocalObjectStore;
import io.aiwm.controller.objects.ObjectContent;
import io.aiwm.controller.objects.ObjectStore;
import io.aiwm.controller.objects.Pieces;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.FileKind;
import io.aiwm.testing.Spoiled;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class FilesTest {
    private static final Buffer CONTENT = Buffer.buffer("an archive");
    private static final String SUM = Sha256.hex("an archive");

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private SqliteStore store;
    private ObjectStore objects;
    private Instant now = Instant.parse("2026-11-21T10:00:00Z");
    private Files files;

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("aiwm.db"), Config.Storage.Sync.NORMAL);
        store.open(List.of(Files.COLLECTION)).await();
        objects = new LocalObjectStore(vertx, folder.resolve("objects"));
        objects.open().await();
        files = new Files(
                vertx, store, objects, () -> now, new Config.Jobs(1, 1, Duration.ofHours(1), 1_000, 1_000, 1_000));
    }

    @AfterEach
    void close() {
        objects.close().await();
        store.close().await();
        vertx.close().await();
    }

    private StoredFile upload() {
        return files.upload(Pieces.of(vertx, CONTENT, 1), SUM.toUpperCase(java.util.Locale.ROOT), "ada")
                .await();
    }

    private static Failure.Kind refusal(Future<?> future) {
        try {
            throw new AssertionError("was not refused but answered " + future.await());
        } catch (Failure refused) {
            return refused.kind;
        }
    }

    private String read(StoredFile file) {
        ObjectContent content = files.open(file, 0, -1).await();
        Promise<String> all = Promise.promise();
        Buffer sum = Buffer.buffer();
        content.endHandler(end -> all.complete(sum.toString()));
        content.handler(sum::appendBuffer);
        content.resume();
        return all.future().await();
    }

    private boolean hasBytes(StoredFile file) {
        return objects.size(file.key()).map(true).otherwise(false).await();
    }

    @Test
    void an_upload_is_kept_with_its_checksum_and_can_be_read_by_whoever_has_its_id() {
        StoredFile made = upload();
        StoredFile found = files.get(made.id()).await();
        assertThat(found.kind()).isEqualTo(FileKind.inputs);
        assertThat(found.sha256()).isEqualTo(SUM);
        assertThat(found.sizeBytes()).isEqualTo(CONTENT.length());
        assertThat(found.createdBy()).isEqualTo("ada");
        assertThat(read(found)).isEqualTo("an archive");
    }

    @Test
    void of_an_upload_that_is_refused_nothing_is_left() throws IOException {
        assertThat(refusal(files.upload(Pieces.of(vertx, CONTENT, 1), "0".repeat(64), "ada")))
                .isEqualTo(Failure.Kind.INVALID);
        assertThat(refusal(files.upload(Pieces.of(vertx, CONTENT, 101), null, "ada")))
                .isEqualTo(Failure.Kind.TOO_LARGE);
        assertThat(refusal(files.upload(Pieces.of(vertx, CONTENT, 0), null, "ada")))
                .isEqualTo(Failure.Kind.INVALID);
        assertThat(refusal(files.upload(Pieces.breakingAfter(vertx, CONTENT, 5), null, "ada")))
                .isEqualTo(Failure.Kind.INVALID);
        assertThat(store.count(Files.COLLECTION.name(), List.of()).await()).isZero();
        try (var left = java.nio.file.Files.walk(folder.resolve("objects"))) {
            assertThat(left.filter(java.nio.file.Files::isRegularFile))
                    .as("but for the name of the place")
                    .containsExactly(folder.resolve("objects/.place"));
        }
    }

    @Test
    void an_upload_belongs_to_the_job_that_used_it_first() {
        String id = upload().id();
        files.use(id, "ex_1").await();
        files.use(id, "ex_1").await();
        assertThat(refusal(files.use(id, "ex_2"))).isEqualTo(Failure.Kind.CONFLICT);
        assertThat(refusal(files.use("file_none", "ex_2"))).isEqualTo(Failure.Kind.NOT_FOUND);
        assertThat(files.ofJob("ex_1").await()).extracting(StoredFile::id).containsExactly(id);
    }

    @Test
    void an_upload_nobody_uses_is_deleted_after_a_day_and_one_that_is_used_stays() {
        StoredFile unused = upload();
        StoredFile used = files.use(upload().id(), "ex_1").await();
        now = now.plus(Files.UNUSED);
        files.run().await();
        assertThat(hasBytes(unused)).isTrue();
        now = now.plus(Duration.ofSeconds(1));
        files.run().await();
        assertThat(refusal(files.get(unused.id()))).isEqualTo(Failure.Kind.NOT_FOUND);
        assertThat(hasBytes(unused)).isFalse();
        assertThat(read(used)).isEqualTo("an archive");
    }

    @Test
    void deleting_a_job_s_files_takes_all_of_them_and_nobody_else_s() {
        StoredFile mine = files.use(upload().id(), "ex_1").await();
        StoredFile other = files.use(upload().id(), "ex_2").await();
        files.deleteOf("ex_1").await();
        files.deleteOf("ex_1").await();
        assertThat(files.ofJob("ex_1").await()).isEmpty();
        assertThat(hasBytes(mine)).isFalse();
        assertThat(read(other)).isEqualTo("an archive");
    }

    @Test
    void what_a_worker_sent_is_one_file_however_often_it_arrives() throws IOException {
        for (int i = 0; i < 2; i++) {
            Path sent = java.nio.file.Files.writeString(folder.resolve("sent-" + i), "an archive");
            files.arrived("ex_1", "ex_1.0.1", FileKind.outputs, "node-1", sent, SUM, CONTENT.length())
                    .await();
            assertThat(sent).doesNotExist();
        }
        assertThat(files.ofJob("ex_1").await()).singleElement().satisfies(file -> {
            assertThat(file.id()).isEqualTo(CommandId.fileId("ex_1.0.1", FileKind.outputs));
            assertThat(file.createdBy()).isEqualTo("node-1");
            assertThat(read(file)).isEqualTo("an archive");
        });
        assertThat(refusal(files.use(CommandId.fileId("ex_1.0.1", FileKind.outputs), "ex_1")))
                .isEqualTo(Failure.Kind.INVALID);
    }

    @Test
    void a_file_that_cannot_be_deleted_or_read_keeps_no_other_from_being_swept() throws IOException {
        StoredFile stuck = upload();
        StoredFile unreadable = upload();
        Path bytes = folder.resolve("objects").resolve(stuck.key());
        java.nio.file.Files.delete(bytes);
        java.nio.file.Files.createDirectories(bytes.resolve("in the way"));
        assertThat(refusal(files.delete(stuck.id()))).isNotNull();
        Spoiled.field(store, Files.COLLECTION, unreadable.id(), "createdAt").await();
        StoredFile unused = upload();
        now = now.plus(Duration.ofHours(25));
        files.run().await();
        assertThat(hasBytes(unused)).isFalse();
        assertThat(refusal(files.get(unused.id()))).isEqualTo(Failure.Kind.NOT_FOUND);
    }
}
