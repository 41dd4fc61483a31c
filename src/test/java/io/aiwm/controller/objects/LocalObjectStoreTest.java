package io.aiwm.controller.objects;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Failure;
import io.aiwm.testing.Modes;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LocalObjectStoreTest extends ObjectStoreContract {

    @Override
    ObjectStore fresh() {
        return new LocalObjectStore(vertx, folder.resolve("objects"));
    }

    @Override
    ObjectStore beside() {
        return new LocalObjectStore(vertx, folder.resolve("objects"));
    }

    @Override
    List<Path> leftovers() throws IOException {
        try (var unfinished = Files.list(folder.resolve("objects/.unfinished"));
                var uploads = Files.list(folder.resolve("objects/.uploads"))) {
            return Stream.concat(unfinished, uploads).toList();
        }
    }

    @Override
    int many() {
        return 10_001;
    }

    /** Without waiting for the disk. */
    @Override
    Future<?> keep(String key) throws IOException {
        Path place = folder.resolve("objects").resolve(key);
        Files.createDirectories(place.getParent());
        Files.writeString(place, "x");
        return Future.succeededFuture();
    }

    @Test
    void a_folder_keeps_its_name_wherever_it_is_moved() throws IOException {
        Path moved = Files.move(folder.resolve("objects"), folder.resolve("moved"));
        var again = new LocalObjectStore(vertx, moved);
        again.open().await();
        assertThat(again.place()).isEqualTo(store.place());
        again.close().await();
    }

    @Test
    void nobody_else_can_read_what_is_kept_nor_what_an_earlier_version_left_open() throws IOException {
        store.put("a/b/c", Pieces.of(vertx, Buffer.buffer("content"), 3), 1_000).await();
        Path made = Files.writeString(folder.resolve("made"), "by a worker");
        Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-------"));
        store.put("a/d", made).await();
        assertThat(Modes.openToOthers(folder.resolve("objects"))).isEmpty();

        Path older = Files.createDirectory(folder.resolve("older"));
        Files.setPosixFilePermissions(older, PosixFilePermissions.fromString("rwxr-xr-x"));
        var again = new LocalObjectStore(vertx, older);
        again.open().await();
        assertThat(Modes.openToOthers(older)).isEmpty();
        again.close().await();
    }

    @Test
    void of_many_that_name_a_new_folder_at_once_one_does() {
        var all = IntStream.range(0, 8)
                .mapToObj(each -> new LocalObjectStore(vertx, folder.resolve("new")))
                .toList();
        Future.all(all.stream().map(LocalObjectStore::open).toList()).await();
        assertThat(all.stream().map(LocalObjectStore::place).distinct()).hasSize(1);
        all.forEach(each -> each.close().await());
    }

    @Test
    void what_came_whole_but_has_no_room_at_its_place_is_not_left_behind() throws IOException {
        Files.writeString(folder.resolve("objects/taken"), "no folder can be made here");
        Failure refused = refusal(store.put("taken/a", Pieces.of(vertx, Buffer.buffer("content"), 3), 1_000));
        assertThat(refused.kind).isEqualTo(Failure.Kind.UNAVAILABLE);
        assertThat(leftovers()).isEmpty();
    }

    @Test
    void a_name_that_is_none_is_refused_rather_than_replaced() throws IOException {
        Files.writeString(folder.resolve("objects/.place"), "");
        var again = new LocalObjectStore(vertx, folder.resolve("objects"));
        assertThat(refusal(again.open()).getMessage()).contains(".place");
        again.close().await();
    }
}
