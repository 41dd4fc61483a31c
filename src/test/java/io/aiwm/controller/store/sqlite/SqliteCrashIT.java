package io.aiwm.controller.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config.Storage.Sync;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.testing.TestPrograms;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that writes is killed again and again over one file: what it was told is written, is there. */
@Timeout(300)
class SqliteCrashIT {
    private static final int KILLS = 20;
    private static final int IN_FLIGHT = 32;
    private static final Collection ITEMS = new Collection("items", List.of(Field.text("status")));

    @TempDir
    Path folder;

    /** The writer: each of its items is inserted, then replaced for ever; every acknowledgement is a line. */
    public static void main(String[] arguments) {
        Vertx vertx = Vertx.vertx();
        DocumentStore store = new SqliteStore(vertx, Path.of(arguments[0]), Sync.valueOf(arguments[1]));
        store.open(List.of(ITEMS)).await();
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (int i = 0; i < IN_FLIGHT; i++) {
            write(store, arguments[2] + "-" + i, 0, out);
        }
    }

    private static void write(DocumentStore store, String prefix, int count, PrintStream out) {
        // One item gets three versions, then the next one begins.
        String id = prefix + "-" + count / 3;
        int version = count % 3 + 1;
        Document document = document(id, version);
        (version == 1 ? store.insert("items", document).map(true) : store.replaceIf("items", document))
                .onSuccess(written -> {
                    out.print("ack " + id + " " + (written ? version : -1) + "\n");
                    write(store, prefix, count + 1, out);
                })
                .onFailure(cause -> out.print("failed " + cause + "\n"));
    }

    private static Document document(String id, int version) {
        return new Document(
                id,
                version,
                new JsonObject()
                        .put("id", id)
                        .put("status", "S" + version)
                        .put("filling", "x".repeat(1_000))
                        .encode());
    }

    @Test
    void of_twenty_killed_processes_no_acknowledged_write_is_lost() throws Exception {
        Path file = folder.resolve("crash.db");
        Random random = new Random();
        Map<String, Integer> acknowledged = new HashMap<>();
        for (int kill = 0; kill < KILLS; kill++) {
            Sync sync = kill % 2 == 0 ? Sync.FULL : Sync.NORMAL;
            int before = acknowledged.size();
            runAndKill(file, sync, "run" + kill, random.nextInt(400), acknowledged);
            assertThat(acknowledged.size()).isGreaterThan(before);
        }
        Vertx vertx = Vertx.vertx();
        try {
            DocumentStore store = new SqliteStore(vertx, file, Sync.FULL);
            store.open(List.of(ITEMS)).await();
            Map<String, Document> found = new HashMap<>();
            Query query = Query.all().limit(1_000);
            String cursor = null;
            do {
                DocumentStore.Page page =
                        store.find("items", query.after(cursor)).await();
                page.documents().forEach(document -> found.put(document.id(), document));
                cursor = page.nextCursor();
            } while (cursor != null);
            acknowledged.forEach((id, version) -> {
                assertThat(found).containsKey(id);
                assertThat(found.get(id).version()).isGreaterThanOrEqualTo(version);
            });
            found.values()
                    .forEach(document ->
                            assertThat(document).isEqualTo(document(document.id(), (int) document.version())));
            for (int version = 1; version <= 3; version++) {
                long expected = version;
                assertThat(store.count("items", List.of(Condition.eq("status", "S" + version)))
                                .await())
                        .isEqualTo(found.values().stream()
                                .filter(document -> document.version() == expected)
                                .count());
            }
            store.close().await();
        } finally {
            vertx.close().await();
        }
    }

    private static void runAndKill(Path file, Sync sync, String run, long millis, Map<String, Integer> acknowledged)
            throws IOException, InterruptedException {
        Path output = file.resolveSibling(run + ".txt");
        List<String> printed = TestPrograms.killed(SqliteCrashIT.class, output, "ack run", millis, file, sync, run);
        assertThat(printed).noneMatch(line -> line.contains("failed") || line.endsWith(" -1"));
        for (String line : printed) {
            if (line.startsWith("ack ")) {
                String[] words = line.split(" ", -1);
                acknowledged.merge(words[1], Integer.parseInt(words[2]), Math::max);
            }
        }
    }
}
