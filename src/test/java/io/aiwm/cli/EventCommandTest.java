package io.aiwm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config.Storage.Sync;
import io.aiwm.controller.api.CallerIdentity;
import io.aiwm.controller.api.EventResource;
import io.aiwm.controller.eventlog.EventBlocks;
import io.aiwm.controller.eventlog.EventLogs;
import io.aiwm.controller.eventlog.Severity;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code aiwm events} with the log of a real store, over the real server. */
@Timeout(60)
class EventCommandTest {
    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final Terminal terminal = new Terminal();
    private SqliteStore store;
    private EventLogs log;
    private TestServer server;

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("events.db"), Sync.NORMAL);
        TestServer.await(store.open(List.of(EventBlocks.COLLECTION)));
        log = new EventLogs(vertx, store, InstantSource.system());
        var callers = new CallerIdentity(user -> Future.succeededFuture(Instant.EPOCH));
        server = new TestServer(List.of(new EventResource(log.tail(), callers)));
    }

    @AfterEach
    void close() {
        server.close();
        TestServer.await(store.close());
        TestServer.await(vertx.close());
    }

    private List<String> events(String... more) {
        String[] all = new String[more.length + 3];
        all[0] = "events";
        all[1] = "-o";
        all[2] = "name";
        System.arraycopy(more, 0, all, 3, more.length);
        assertThat(terminal.run(server.port, folder, all))
                .as(terminal.complained())
                .isZero();
        return terminal.said().lines().toList();
    }

    private void happens(int times, String type) {
        for (int i = 0; i < times; i++) {
            log.append(type, "node", "n1", Severity.INFO);
        }
    }

    @Test
    void all_that_is_asked_for_is_listed_however_many_pages_that_takes() {
        happens(1_005, "node.updated");
        assertThat(events("--after=1", "--count=1003"))
                .hasSize(1_003)
                .startsWith("2")
                .endsWith("1004");
        assertThat(events("--after=1", "--count=5000")).hasSize(1_004).endsWith("1005");
        assertThat(events("--after=1000")).containsExactly("1001", "1002", "1003", "1004", "1005");
        assertThat(events("--count=1003")).hasSize(1_003).startsWith("3").endsWith("1005");
    }

    @Test
    void what_follows_a_revision_is_followed_as_it_is_filtered() {
        happens(3, "node.updated");
        happens(1, "worker.left");
        happens(2, "node.updated");
        happens(1, "worker.left");
        assertThat(terminal.run(
                        server.port,
                        folder,
                        "events",
                        "--follow",
                        "--after=1",
                        "--count=2",
                        "--type=worker.left",
                        "-o",
                        "json"))
                .as(terminal.complained())
                .isZero();
        assertThat(terminal.said().lines())
                .extracting(line -> line.substring(0, 13))
                .containsExactly("{\"revision\":4", "{\"revision\":7");
        assertThat(terminal.run(server.port, folder, "events", "--follow", "--after=99"))
                .isEqualTo(3);
    }
}
