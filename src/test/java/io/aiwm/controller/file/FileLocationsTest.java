package io.aiwm.controller.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.common.Sha256;
import io.aiwm.controller.objects.LocalObjectStore;
import io.aiwm.controller.objects.ObjectContent;
import io.aiwm.controller.objects.ObjectStore;
import io.aiwm.controller.objects.Pieces;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.aiwm.protocol.BusAddresses;
import io.aiwm.protocol.FileDrop;
import io.aiwm.protocol.FileKind;
import io.aiwm.protocol.FileRead;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two controllers on one store and one event bus, each with a folder of its own. */
@Timeout(60)
class FileLocationsTest {
    private static final int MUCH = 1_000_000;

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private Instant now = Instant.parse("2026-11-21T10:00:00Z");
    private SqliteStore store;
    private Controller here;
    private Controller there;

    private final class Controller {
        final ObjectStore objects;
        final Files files;

        Controller(String name) {
            objects = new LocalObjectStore(vertx, folder.resolve(name));
            objects.open().await();
            files = new Files(
                    vertx, store, objects, () -> now, new Config.Jobs(1, 1, Duration.ofHours(1), MUCH, MUCH, MUCH));
            files.serve().await();
        }

        /** As a controller that is gone: it answers nobody. */
        void stop() {
            files.close().await();
        }

        boolean hasBytes(StoredFile file) {
            return objects.size(file.key()).map(true).otherwise(false).await();
        }

        Buffer read(StoredFile file, long offset, long length) {
            return files.open(files.get(file.id()).await(), offset, length)
                    .compose(ObjectContent::whole)
                    .await();
        }

        StoredFile upload(byte[] content) {
            return files.upload(Pieces.of(vertx, Buffer.buffer(content), 1), null, "ada")
                    .await();
        }

        StoredFile arrived(String command, FileKind kind, String content) throws IOException {
            Path sent = java.nio.file.Files.writeString(folder.resolve("sent"), content);
            return files.arrived("ex_1", command, kind, "node-1", sent, Sha256.hex(content), content.length())
                    .await();
        }
    }

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("aiwm.db"), Config.Storage.Sync.NORMAL);
        store.open(List.of(Files.COLLECTION)).await();
        here = new Controller("here");
        there = new Controller("there");
    }

    @AfterEach
    void close() {
        here.objects.close().await();
        there.objects.close().await();
        store.close().await();
        vertx.close().await();
    }

    private static byte[] bytes(int size) {
        byte[] content = new byte[size];
        new Random(7).nextBytes(content);
        return content;
    }

    private static Failure refusal(Future<?> future) {
        try {
            throw new AssertionError("was not refused but answered " + future.await());
        } catch (Failure refused) {
            return refused;
        }
    }

    private long records() {
        return store.count(Files.COLLECTION.name(), List.of()).await();
    }

    @Test
    void what_one_takes_in_the_other_reads_whole_and_in_parts() {
        byte[] content = bytes(MUCH);
        StoredFile file = there.upload(content);
        assertThat(file.place()).isEqualTo(there.objects.place()).isNotEqualTo(here.objects.place());
        assertThat(here.read(file, 0, -1).getBytes()).isEqualTo(content);
        assertThat(here.read(file, 200_000, 300_000))
                .isEqualTo(Buffer.buffer(content).getBuffer(200_000, 500_000));
        assertThat(here.read(file, MUCH - 7, 100))
                .isEqualTo(Buffer.buffer(content).getBuffer(MUCH - 7, MUCH));
        assertThat(here.read(file, MUCH, -1).length()).isZero();
        assertThat(here.read(file, 5, 0).length()).isZero();
        assertThat(here.files.open(file, 3, 4).await().sizeBytes()).isEqualTo(MUCH);
        assertThat(refusal(here.files.open(file, MUCH + 1, 1)).kind).isEqualTo(Failure.Kind.INVALID);
        assertThat(here.hasBytes(file)).as("a copy").isFalse();
    }

    @Test
    void a_range_of_a_whole_number_of_pieces_ends_where_it_should() {
        byte[] content = bytes(2 * FileRead.MAX_BYTES);
        StoredFile file = there.upload(content);
        assertThat(here.read(file, 0, -1).getBytes()).isEqualTo(content);
        assertThat(here.read(file, 0, FileRead.MAX_BYTES).length()).isEqualTo(FileRead.MAX_BYTES);
    }

    @Test
    void no_more_than_a_piece_is_given_at_once_and_nothing_but_files() {
        StoredFile file = there.upload(bytes(10));
        var address = BusAddresses.FILE_READ.at(there.objects.place());
        for (FileRead wish : List.of(
                new FileRead(file.id(), 0, FileRead.MAX_BYTES + 1),
                new FileRead(file.id(), 0, -1),
                new FileRead(file.id(), -1, 5),
                new FileRead("../.place", 0, 5))) {
            assertThat(refusal(address.ask(vertx, wish, Duration.ofSeconds(10))).kind)
                    .isEqualTo(Failure.Kind.INVALID);
        }
        assertThat(refusal(address.ask(vertx, new FileRead(null, 0, 5), Duration.ofSeconds(10))).kind)
                .isEqualTo(Failure.Kind.NOT_FOUND);
    }

    @Test
    void a_file_whose_controller_is_gone_is_not_there_now_and_is_again_when_it_is_back() {
        StoredFile file = there.upload(bytes(10));
        there.stop();
        Failure refused = refusal(here.files.open(file, 0, -1));
        assertThat(refused.kind).isEqualTo(Failure.Kind.UNAVAILABLE);
        assertThat(refused.retryable()).isTrue();
        assertThat(refused.getMessage()).contains(file.id(), there.objects.place());
        there.files.serve().await();
        assertThat(here.read(file, 0, -1).getBytes()).isEqualTo(bytes(10));
    }

    @Test
    void a_controller_that_goes_in_the_middle_breaks_what_is_read() {
        StoredFile file = there.upload(bytes(MUCH));
        ObjectContent content = here.files.open(file, 0, -1).await();
        there.stop();
        Failure broken = refusal(content.whole());
        assertThat(broken.kind).isEqualTo(Failure.Kind.UNAVAILABLE);
        assertThat(broken.getMessage()).contains(there.objects.place());
    }

    @Test
    void a_file_that_its_controller_has_lost_is_not_there() {
        StoredFile file = there.upload(bytes(10));
        there.objects.delete(file.key()).await();
        assertThat(refusal(here.files.open(file, 0, -1)).kind).isEqualTo(Failure.Kind.NOT_FOUND);
        assertThat(refusal(there.files.open(file, 0, -1)).kind).isEqualTo(Failure.Kind.NOT_FOUND);
    }

    @Test
    void controllers_that_share_a_folder_need_no_one_else_to_read() {
        var third = new Controller("there");
        assertThat(third.objects.place()).isEqualTo(there.objects.place());
        StoredFile file = there.upload(bytes(10));
        there.stop();
        assertThat(third.read(file, 0, -1).getBytes()).isEqualTo(bytes(10));
        assertThat(here.read(file, 0, -1).getBytes())
                .as("through the one that runs")
                .isEqualTo(bytes(10));
        third.files.delete(file.id()).await();
        assertThat(there.hasBytes(file)).isFalse();
        third.objects.close().await();
    }

    @Test
    void what_one_deletes_the_other_takes_from_its_folder() throws IOException {
        StoredFile mine = there.arrived("ex_1.0.1", FileKind.outputs, "made");
        StoredFile log = there.arrived("ex_1.0.1", FileKind.log, "said");
        here.files.deleteOf("ex_1").await();
        assertThat(there.hasBytes(mine)).isFalse();
        assertThat(there.hasBytes(log)).isFalse();
        assertThat(records()).isZero();
    }

    @Test
    void what_is_deleted_while_its_controller_is_gone_is_deleted_when_it_is_back() {
        StoredFile file = there.upload(bytes(10));
        there.stop();
        here.files.delete(file.id()).await();
        assertThat(refusal(here.files.get(file.id())).kind).isEqualTo(Failure.Kind.NOT_FOUND);
        here.files.run().await();
        assertThat(there.hasBytes(file)).isTrue();
        assertThat(records()).isEqualTo(1);
        there.files.serve().await();
        there.files.run().await();
        assertThat(there.hasBytes(file)).isFalse();
        assertThat(records()).isZero();
    }

    @Test
    void a_word_to_delete_is_nothing_without_the_record() {
        StoredFile file = there.upload(bytes(10));
        BusAddresses.FILE_DROP
                .at(there.objects.place())
                .ask(vertx, new FileDrop(file.id()), Duration.ofSeconds(10))
                .await();
        assertThat(here.read(file, 0, -1).getBytes()).isEqualTo(bytes(10));
    }

    @Test
    void uploads_nobody_used_are_swept_by_the_controller_that_has_them() {
        StoredFile file = there.upload(bytes(10));
        now = now.plus(Files.UNUSED).plusSeconds(1);
        here.files.run().await();
        assertThat(there.hasBytes(file)).isTrue();
        there.files.run().await();
        assertThat(there.hasBytes(file)).isFalse();
        assertThat(records()).isZero();
    }

    @Test
    void a_file_that_a_worker_sends_to_another_controller_the_second_time_is_kept_there_alone() throws IOException {
        StoredFile first = here.arrived("ex_1.0.1", FileKind.log, "said");
        StoredFile second = there.arrived("ex_1.0.1", FileKind.log, "said");
        assertThat(second.id()).isEqualTo(first.id());
        assertThat(here.hasBytes(first)).isFalse();
        assertThat(here.read(first, 0, -1).toString()).isEqualTo("said");
        assertThat(there.files.ofJob("ex_1").await())
                .singleElement()
                .satisfies(file -> assertThat(file.place()).isEqualTo(there.objects.place()));
    }

    /** As it was written before places were noted. */
    private StoredFile ofOldTimes(Controller by, byte[] content) {
        StoredFile file = by.upload(content);
        StoredFile old = file.at(null).withVersion(file.version() + 1);
        assertThat(store.replaceIf(
                                Files.COLLECTION.name(),
                                new DocumentStore.Document(old.id(), old.version(), Json.encode(old)))
                        .await())
                .isTrue();
        return by.files.get(file.id()).await();
    }

    @Test
    void a_record_of_old_times_is_read_where_the_file_is_and_everywhere_once_its_place_is_noted() {
        StoredFile old = ofOldTimes(there, bytes(10));
        assertThat(there.read(old, 0, -1).getBytes()).isEqualTo(bytes(10));
        Failure refused = refusal(here.files.open(old, 0, -1));
        assertThat(refused.kind).isEqualTo(Failure.Kind.UNAVAILABLE);
        assertThat(refused.getMessage()).contains(old.id());
        here.files.note().await();
        assertThat(here.files.get(old.id()).await().place()).isNull();
        there.files.note().await();
        assertThat(here.read(old, 0, -1).getBytes()).isEqualTo(bytes(10));
    }
}
