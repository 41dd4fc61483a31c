package io.aiwm.controller.eventlog;

import io.aiwm.boot.Config.Storage.Sync;
import io.aiwm.controller.change.ChangeFeed;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The log of events over a real store, at times that a test sets. */
@Timeout(60)
abstract class EventLogRig {
    static final String THINGS = "things";

    @TempDir
    Path folder;

    final Vertx vertx = Vertx.vertx();
    Instant now = Instant.parse("2026-11-27T10:00:00Z");
    final InstantSource clock = () -> now;
    DocumentStore store;
    EventBlocks blocks;
    EventTail tail;

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("events.db"), Sync.NORMAL);
        store.open(List.of(ChangeFeed.COLLECTION, EventBlocks.COLLECTION, new Collection(THINGS, List.of()).telling()))
                .await();
        blocks = new EventBlocks(store, new EventBlocks.Retention(1_000, Duration.ofDays(7)), clock);
        tail = new EventTail(vertx, blocks);
    }

    @AfterEach
    void close() {
        store.close().await();
        vertx.close().await();
    }

    EventRecorder recorder(int routinePerSecond) {
        var recorder = new EventRecorder(blocks, Map.of(THINGS, "thing"), Set.of(THINGS), routinePerSecond, clock);
        recorder.onAppended(tail::hint);
        return recorder;
    }

    String note(String type) {
        return EventNote.of(type, now).note();
    }

    List<Long> revisions(long from) {
        return read(from - 1).stream().map(ClusterEvent::revision).toList();
    }

    List<ClusterEvent> read(long after) {
        var found = new ArrayList<ClusterEvent>();
        long at = after;
        while (true) {
            List<ClusterEvent> next = tail.after(at, 500).await();
            if (next.isEmpty()) {
                return found;
            }
            found.addAll(next);
            at = next.get(next.size() - 1).revision();
        }
    }
}
