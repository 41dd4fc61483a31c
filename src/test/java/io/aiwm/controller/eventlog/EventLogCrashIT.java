package io.aiwm.controller.eventlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config.Storage.Sync;
import io.aiwm.common.AuditChain;
import io.aiwm.controller.audit.AuditLog;
import io.aiwm.controller.change.ChangeFeed;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.aiwm.testing.TestPrograms;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that changes records, after an entry in the audit log, while events are brought to the log, is killed again and again:
 * every durable version has its event once, in order, and every durable change its entry.
 */
@Timeout(300)
class EventLogCrashIT {
    private static final int KILLS = 10;
    private static final int IN_FLIGHT = 16;
    private static final String THINGS = "things";
    private static final List<Collection> COLLECTIONS = List.of(
            ChangeFeed.COLLECTION,
            EventBlocks.COLLECTION,
            AuditLog.COLLECTION,
            new Collection(THINGS, List.of()).telling());

    @TempDir
    Path folder;

    private static EventBlocks blocks(DocumentStore store) {
        return new EventBlocks(
                store, new EventBlocks.Retention(10_000_000, Duration.ofDays(1)), InstantSource.system());
    }

    private static EventRecorder recorder(DocumentStore store) {
        return new EventRecorder(blocks(store), Map.of(THINGS, "thing"), Set.of(), 1_000_000, InstantSource.system());
    }

    public static void main(String[] arguments) {
        Vertx vertx = Vertx.vertx();
        DocumentStore store = new SqliteStore(vertx, Path.of(arguments[0]), Sync.NORMAL);
        store.open(COLLECTIONS).await();
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        new ChangeFeed(vertx, store, arguments[1], true).add(recorder(store)).start();
        await().until(() -> isPlaced(store));
        var audit = new AuditLog(vertx, store, Duration.ofDays(1), InstantSource.system(), true);
        out.print("ready\n");
        for (int i = 0; i < IN_FLIGHT; i++) {
            write(store, audit, arguments[1] + "-" + i, 0, out);
        }
    }

    private static boolean isPlaced(DocumentStore store) {
        Document place = store.get(ChangeFeed.COLLECTION.name(), "events").await();
        return place != null && place.json().contains("position");
    }

    /** Five versions of each record; of each version the entry is asked for first. */
    private static void write(DocumentStore store, AuditLog audit, String prefix, int count, PrintStream out) {
        String id = prefix + "-" + count / 5;
        int version = count % 5 + 1;
        String note = EventNote.of("thing.v" + version, Instant.now()).note();
        Document document = new Document(id, version, "{}").noting(List.of(note));
        audit.asked(new JsonObject().put("path", id + "@" + version))
                .compose(asked -> version == 1
                        ? store.insert(THINGS, document)
                        : store.replaceIf(THINGS, document).<Void>mapEmpty())
                .onSuccess(written -> write(store, audit, prefix, count + 1, out))
                .onFailure(cause -> out.print("failed " + cause + "\n"));
    }

    @Test
    void of_killed_processes_every_version_is_an_event_once_and_every_change_has_its_entry() throws Exception {
        Path file = folder.resolve("crash.db");
        var random = new Random();
        for (int kill = 0; kill < KILLS; kill++) {
            String run = "run" + kill;
            List<String> printed = TestPrograms.killed(
                    EventLogCrashIT.class,
                    folder.resolve(run + ".txt"),
                    "ready\n",
                    300 + random.nextInt(700),
                    file,
                    run);
            assertThat(printed).noneMatch(line -> line.contains("failed"));
        }
        Vertx vertx = Vertx.vertx();
        DocumentStore store = new SqliteStore(vertx, file, Sync.NORMAL);
        try {
            store.open(COLLECTIONS).await();
            var feed = new ChangeFeed(vertx, store, "last", true).add(recorder(store));
            feed.start();
            Map<String, Long> durable = durable(store);
            long versions = durable.values().stream().mapToLong(Long::longValue).sum();
            assertThat(versions).isGreaterThan(KILLS * 100L);
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(
                            () -> assertThat(blocks(store).head().await()).isEqualTo(versions));
            checkEvents(new EventTail(vertx, blocks(store)), durable);
            checkAudit(new AuditLog(vertx, store, Duration.ofDays(1), InstantSource.system(), true), durable);
            feed.close().await();
        } finally {
            store.close().await();
            vertx.close().await();
        }
    }

    private static Map<String, Long> durable(DocumentStore store) {
        Map<String, Long> durable = new HashMap<>();
        String cursor = null;
        do {
            DocumentStore.Page page =
                    store.find(THINGS, Query.all().after(cursor)).await();
            page.documents().forEach(one -> durable.put(one.id(), one.version()));
            cursor = page.nextCursor();
        } while (cursor != null);
        return durable;
    }

    private static void checkEvents(EventTail tail, Map<String, Long> durable) {
        Map<String, Long> told = new HashMap<>();
        long at = 0;
        for (List<ClusterEvent> next = tail.after(0, 500).await();
                !next.isEmpty();
                next = tail.after(at, 500).await()) {
            for (ClusterEvent event : next) {
                assertThat(event.revision()).isEqualTo(++at);
                long version = Long.parseLong(event.type().substring("thing.v".length()));
                assertThat(version).isEqualTo(told.getOrDefault(event.resourceId(), 0L) + 1);
                told.put(event.resourceId(), version);
            }
        }
        assertThat(told).isEqualTo(durable);
    }

    private static void checkAudit(AuditLog audit, Map<String, Long> durable) {
        var chain = new AuditChain();
        Set<String> asked = new HashSet<>();
        for (List<JsonObject> next = audit.after(0).await();
                !next.isEmpty();
                next = audit.after(chain.seq()).await()) {
            next.forEach(entry -> {
                chain.take(entry);
                asked.add(entry.getString("path"));
            });
        }
        assertThat(chain.faults()).isEmpty();
        List<String> without = new ArrayList<>();
        durable.forEach((id, last) -> {
            for (long version = 1; version <= last; version++) {
                if (!asked.contains(id + "@" + version)) {
                    without.add(id + "@" + version);
                }
            }
        });
        assertThat(without).isEmpty();
    }
}
