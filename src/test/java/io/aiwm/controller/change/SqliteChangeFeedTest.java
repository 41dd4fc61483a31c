package io.aiwm.controller.change;

import io.aiwm.boot.Config.Storage.Sync;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.sqlite.SqliteStore;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteChangeFeedTest extends ChangeFeedContract {
    @TempDir
    Path folder;

    @Override
    DocumentStore fresh() {
        return new SqliteStore(vertx, folder.resolve("feed.db"), Sync.NORMAL);
    }
}
