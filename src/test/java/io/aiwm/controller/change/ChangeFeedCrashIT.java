package io.aiwm.controller.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config.Storage.Sync;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.aiwm.testing.TestPrograms;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that writes and tells a consumer is killed again and again over one file: what is durable was told. */
@Timeout(300)
class ChangeFeedCrashIT {
    private static final int KILLS = 12;
    private static final int IN_FLIGHT = 16;
    private static final String NEWS = ToldConsumer.NEWS;

    @TempDir
    Path folder;

    /** Each record gets three versions and is then deleted, or kept; each told change is a line before it counts as done. */
    public static void main(String[] arguments) {
        Vertx vertx = Vertx.vertx();
        DocumentStore store = new SqliteStore(vertx, Path.of(arguments[0]), Sync.NORMAL);
        store.open(ChangeFeedContract.COLLECTIONS).await();
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        var consumer = new ToldConsumer("mails");
        consumer.work = change -> {
            out.print("told " + change.id() + " " + change.version() + " " + change.deleted() + "\n");
            return Future.succeededFuture();
        };
        new ChangeFeed(vertx, store, arguments[1], true).add(consumer).start();
        await().until(() -> consumer.resyncs > 0 || Integer.parseInt(arguments[2]) > 0);
        out.print("ready\n");
        for (int i = 0; i < IN_FLIGHT; i++) {
            write(store, arguments[1] + "-" + i, 0, out);
        }
    }

    private static void write(DocumentStore store, String prefix, int count, PrintStream out) {
        String id = prefix + "-" + count / 4;
        int version = count % 4 + 1;
        Document document = ChangeFeedContract.document(id, version);
        boolean stays = count / 4 % 2 == 0;
        Future<?> done = version == 1
                ? store.insert(NEWS, document)
                : version < 4
                        ? store.replaceIf(NEWS, document)
                        : stays ? Future.succeededFuture() : store.delete(NEWS, id, 3);
        done.onSuccess(written -> write(store, prefix, count + 1, out))
                .onFailure(cause -> out.print("failed " + cause + "\n"));
    }

    @Test
    void of_killed_processes_every_durable_change_was_told_in_order() throws Exception {
        Path file = folder.resolve("crash.db");
        Random random = new Random();
        Map<String, String> told = new ConcurrentHashMap<>();
        for (int kill = 0; kill < KILLS; kill++) {
            runAndKill(file, "run" + kill, kill, 300 + random.nextInt(700), told);
        }
        Vertx vertx = Vertx.vertx();
        DocumentStore store = new SqliteStore(vertx, file, Sync.NORMAL);
        try {
            store.open(ChangeFeedContract.COLLECTIONS).await();
            var last = new ToldConsumer("mails");
            last.work = change -> {
                told.put(change.id(), change.version() + " " + change.deleted());
                return Future.succeededFuture();
            };
            ChangeFeed feed = new ChangeFeed(vertx, store, "last", true).add(last);
            feed.start();
            Map<String, String> durable = new HashMap<>();
            String cursor = null;
            do {
                DocumentStore.Page page =
                        store.find(NEWS, Query.all().after(cursor)).await();
                page.documents().forEach(one -> durable.put(one.id(), one.version() + " false"));
                cursor = page.nextCursor();
            } while (cursor != null);
            assertThat(durable).hasSizeGreaterThan(KILLS);
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(told).containsAllEntriesOf(durable));
            assertThat(last.resyncs).isZero();
            told.forEach((id, entry) -> {
                if (!durable.containsKey(id)) {
                    assertThat(entry).as(id).isEqualTo("4 true");
                }
            });
            feed.close().await();
        } finally {
            store.close().await();
            vertx.close().await();
        }
    }

    private static void runAndKill(Path file, String run, int number, long millis, Map<String, String> told)
            throws IOException, InterruptedException {
        Path output = file.resolveSibling(run + ".txt");
        List<String> printed =
                TestPrograms.killed(ChangeFeedCrashIT.class, output, "ready\n", millis, file, run, number);
        assertThat(printed).noneMatch(line -> line.contains("failed"));
        Map<String, Long> inRun = new HashMap<>();
        for (String line : printed) {
            if (line.startsWith("told ")) {
                String[] words = line.split(" ", -1);
                long version = Long.parseLong(words[2]);
                Long before = inRun.put(words[1], version);
                assertThat(before == null || before <= version).as(line).isTrue();
                told.put(words[1], version + " " + words[3]);
            }
        }
    }
}
