package io.aiwm.controller.inference.usage;

import io.aiwm.boot.Config;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real store for the usage of calls. */
@Timeout(60)
abstract class UsageRig {
    static final Instant NOON = Instant.parse("2026-11-27T12:00:00Z");

    @TempDir
    Path folder;

    final Vertx vertx = Vertx.vertx();
    SqliteStore store;

    static final Duration KEPT = Duration.ofDays(31);

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("usage.db"), Config.Storage.Sync.NORMAL);
        done(store.open(List.of(UsageRecords.COLLECTION)));
    }

    @AfterEach
    void close() {
        done(store.close());
        done(vertx.close());
    }

    static <T> T done(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }
}
