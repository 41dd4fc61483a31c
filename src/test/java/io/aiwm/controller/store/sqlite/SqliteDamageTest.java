package io.aiwm.controller.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.boot.Config;
import io.aiwm.boot.Config.Storage.Sync;
import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Records;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damage to the data file is never taken for absence, nor for the caller's fault. */
class SqliteDamageTest {
    private static final int PAGE = 4_096;
    private static final Collection ITEMS = new Collection("items", List.of(Field.number("rank")));

    record Item(String id, long version, int rank, String text) {}

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private Path file;
    private DocumentStore store;
    private Records<Item> items;

    @AfterEach
    void close() {
        store.close().await();
        vertx.close().await();
    }

    private void open(boolean acceptEmpty) {
        file = folder.resolve("aiwm.db");
        store = new SqliteStore(vertx, file, new Config.Storage(null, Sync.NORMAL, acceptEmpty));
        store.open(List.of(ITEMS)).await();
        var shape = Records.Shape.of(
                Item::id, Item::version, (Item item, Long next) -> new Item(item.id, next, item.rank, item.text));
        items = new Records<>(store, "items", Item.class, shape, item -> false, true);
    }

    private void add(int rank, int chars) {
        items.insert(new Item(id(rank), 1, rank, "x".repeat(chars))).await();
    }

    private static String id(int rank) {
        return String.format("item_%03d", rank);
    }

    private List<Item> listed() {
        return items.find(Query.all().orderBy("rank", true)).await().items();
    }

    @Test
    void an_empty_file_is_refused_until_the_operator_says_that_its_records_are_given_up() throws IOException {
        open(false);
        add(1, 10);
        store.close().await();
        Files.write(file, new byte[0]);

        assertThatThrownBy(() -> open(false))
                .isInstanceOf(Failure.class)
                .hasMessageContainingAll("aiwm.db is empty", "restore it from a backup", "--accept-empty");
        assertThat(Files.size(file)).as("left alone").isZero();
        open(true);
        assertThat(listed()).isEmpty();
        store.close().await();
        open(false);
        add(2, 10);
        assertThat(listed()).hasSize(1);
    }

    @Test
    void a_file_that_is_gone_is_refused_where_there_was_one_and_made_where_there_was_none() throws IOException {
        open(false);
        add(1, 10);
        store.close().await();
        Files.delete(file);
        Files.writeString(Files.createDirectories(folder.resolve("objects")).resolve(".place"), "place");
        assertThatThrownBy(() -> open(false)).hasMessageContainingAll("aiwm.db is gone", "--accept-empty");

        Files.delete(folder.resolve("objects").resolve(".place"));
        Files.write(folder.resolve("aiwm.db-wal"), new byte[100]);
        assertThatThrownBy(() -> open(false)).hasMessageContainingAll("its -wal file is not", "--accept-empty");
        open(true);
        assertThat(listed()).isEmpty();
        try (var left = Files.list(folder)) {
            assertThat(left.map(one -> one.getFileName().toString()))
                    .as("kept, in case there is something to be had of it")
                    .anyMatch(name -> name.startsWith("aiwm.db-wal.set-aside-"));
        }
    }

    @Test
    void a_record_whose_page_was_cut_off_is_named_and_lists_go_on_without_it() throws IOException {
        open(false);
        for (int rank = 0; rank < 20; rank++) {
            add(rank, 100);
        }
        add(20, 30_000);
        store.close().await();
        try (var cut = new RandomAccessFile(file.toFile(), "rw")) {
            cut.setLength(cut.length() - PAGE + 10);
        }

        open(false);
        assertThat(listed()).hasSize(20).extracting(Item::id).doesNotContain(id(20));
        assertThat(store.unreadable().names(9)).containsExactly("items/" + id(20));
        assertThatThrownBy(() -> items.get(id(20)).await())
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind).isEqualTo(Failure.Kind.INTERNAL))
                .hasMessageContaining(id(20) + " cannot be read");
    }

    @Test
    void records_of_a_torn_page_are_named_by_their_ids_and_lists_go_on_without_them() throws IOException {
        open(false);
        for (int rank = 0; rank < 200; rank++) {
            add(rank, 300);
        }
        store.close().await();
        byte[] bytes = Files.readAllBytes(file);
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("\"id\":\"" + id(150));
        int pageEnd = (at / PAGE + 1) * PAGE;
        try (var torn = new RandomAccessFile(file.toFile(), "rw")) {
            torn.seek(pageEnd - 1_000);
            torn.write(new byte[1_000]);
        }

        open(false);
        List<Item> left = listed();
        assertThat(left).hasSizeBetween(190, 199);
        assertThat(left.size() + store.unreadable().count()).isEqualTo(200);
        for (String name : store.unreadable().names(99)) {
            String id = name.substring("items/".length());
            assertThat(left).extracting(Item::id).doesNotContain(id);
            assertThatThrownBy(() -> items.get(id).await())
                    .isInstanceOfSatisfying(
                            Failure.class,
                            failure -> assertThat(failure.kind).isIn(Failure.Kind.INTERNAL, Failure.Kind.UNAVAILABLE));
        }
    }

    @Test
    void a_file_that_lacks_a_whole_page_is_refused_with_what_to_do() throws IOException {
        open(false);
        for (int rank = 0; rank < 50; rank++) {
            add(rank, 300);
        }
        store.close().await();
        try (var cut = new RandomAccessFile(file.toFile(), "rw")) {
            cut.setLength(cut.length() - PAGE);
        }
        assertThatThrownBy(() -> open(false))
                .hasMessageContainingAll("aiwm.db", "is damaged (SQLITE_CORRUPT)", "restore it from a backup");
    }
}
