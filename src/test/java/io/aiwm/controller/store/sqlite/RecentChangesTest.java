package io.aiwm.controller.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config.Storage.Sync;
import io.aiwm.controller.store.Change;
import io.aiwm.controller.store.ChangeReader;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Document;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changes read from memory are those that the file has, whichever of the two a reader begins with. */
class RecentChangesTest {
    private static final String NEWS = "news";
    /** Six rows with a note of this length are more than the memory takes. */
    private static final String LONG = "x".repeat((int) RecentChanges.MOST_CHARS / 5);

    private final Vertx vertx = Vertx.vertx();

    @TempDir
    private Path folder;

    private SqliteStore store;

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("changes.db"), Sync.NORMAL);
        store.open(List.of(new DocumentStore.Collection(NEWS, List.of()).telling()))
                .await();
    }

    @AfterEach
    void close() {
        store.close().await();
        vertx.close().await();
    }

    @Test
    void who_is_behind_reads_the_file_first_and_misses_nothing() {
        ChangeReader behind = fromNow();
        ChangeReader near = fromNow();
        List<String> ofNear = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            insert("r" + i, LONG);
            ofNear.addAll(read(near));
        }
        RecentChanges memory = store.current.writer().recentChanges();
        assertThat(memory.after(1, 100))
                .as("the first rows are in the file alone")
                .isNull();

        assertThat(ofNear).hasSize(12).startsWith("news/r0@1 [" + LONG.length() + "]");
        assertThat(read(behind)).isEqualTo(ofNear);
        assertThat(behind.position()).isEqualTo(near.position());
    }

    @Test
    void of_a_row_both_give_the_same_changes_and_positions() {
        ChangeReader reader = fromNow();
        String start = reader.position();
        store.insertAll(
                        NEWS,
                        List.of(
                                new Document("a", 1, "{}").noting(List.of("one", "two")),
                                new Document("b\"", 1, "{}"),
                                new Document("c", 1, "{}")))
                .await();
        store.delete(NEWS, "c", 1).await();
        List<String> inMemory = steps(store.changes(Set.of(NEWS), start));

        store.current.writer().recentChanges().forget();
        assertThat(steps(store.changes(Set.of(NEWS), start))).isEqualTo(inMemory);
        assertThat(inMemory).hasSize(4).first().asString().startsWith("[Change[collection=news, id=a, version=1");
        assertThat(read(reader)).hasSize(4);
    }

    @Test
    void after_a_failed_write_the_file_is_asked() {
        ChangeReader reader = fromNow();
        insert("a", "");
        RecentChanges memory = store.current.writer().recentChanges();
        assertThat(memory.after(1, 1)).isNotNull();

        store.current
                .writer()
                .submit(1, batch -> {
                    throw new IllegalStateException("as a full disk");
                })
                .transform(refused -> io.vertx.core.Future.succeededFuture(refused.failed()))
                .await();

        assertThat(memory.after(1, 1)).isNull();
        assertThat(read(reader)).containsExactly("news/a@1 [0]");
        insert("b", "");
        assertThat(read(reader)).containsExactly("news/b@1 [0]");
    }

    private void insert(String id, String note) {
        store.insert(NEWS, new Document(id, 1, "{}").noting(List.of(note))).await();
    }

    private ChangeReader fromNow() {
        ChangeReader reader = store.changes(Set.of(NEWS), null);
        assertThat(reader.next(1).await().changes()).isEmpty();
        return reader;
    }

    private static List<String> read(ChangeReader reader) {
        List<String> all = new ArrayList<>();
        ChangeReader.Batch batch;
        do {
            batch = reader.next(2).await();
            for (Change change : batch.changes()) {
                all.add(change.entryId() + " ["
                        + change.notes().stream().mapToInt(String::length).sum() + "]");
            }
        } while (batch.more() || !batch.changes().isEmpty());
        return all;
    }

    /** What each reading of one change gives, and where it stands then. */
    private static List<String> steps(ChangeReader reader) {
        List<String> all = new ArrayList<>();
        for (var batch = reader.next(1).await();
                !batch.changes().isEmpty();
                batch = reader.next(1).await()) {
            all.add(batch.changes() + " at " + reader.position());
        }
        return all;
    }
}
