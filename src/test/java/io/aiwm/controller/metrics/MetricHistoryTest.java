package io.aiwm.controller.metrics;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import io.aiwm.boot.Config;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.mongo.MongoStore;
import io.aiwm.controller.store.sqlite.SqliteStore;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** What is told of the past, from memory and both stores. */
class MetricHistoryTest {
    @Nested
    class OnSqlite extends MetricHistoryContract {
        @TempDir
        Path folder;

        @Override
        DocumentStore store() {
            return new SqliteStore(vertx, folder.resolve("test.db"), Config.Storage.Sync.NORMAL);
        }
    }

    @Nested
    class OnMongo extends MetricHistoryContract {
        private MongoServer server;

        @Override
        DocumentStore store() {
            server = new MongoServer(new MemoryBackend());
            return new MongoStore(vertx, "mongodb://127.0.0.1:" + server.bind().getPort() + "/test");
        }

        @AfterEach
        void stop() {
            server.shutdownNow();
        }
    }
}
