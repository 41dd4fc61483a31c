package io.aiwm.controller.http;

import io.aiwm.boot.Config.Storage.Sync;
import io.aiwm.controller.api.CallerIdentity;
import io.aiwm.controller.api.EventResource;
import io.aiwm.controller.api.EventSocket;
import io.aiwm.controller.eventlog.EventBlocks;
import io.aiwm.controller.eventlog.EventNote;
import io.aiwm.controller.eventlog.EventRecorder;
import io.aiwm.controller.eventlog.EventTail;
import io.aiwm.controller.store.Change;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real server with a log of events that keeps ten blocks. */
@Timeout(60)
abstract class EventStreamRig {
    @TempDir
    Path folder;

    final Vertx vertx = Vertx.vertx();
    Instant now = Instant.now();
    SqliteStore store;
    EventBlocks blocks;
    EventTail tail;
    EventRecorder recorder;
    TestServer server;
    WebSocketClient client;
    int made;
    /** When the users who call were made. */
    volatile Instant since = Instant.EPOCH;

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("events.db"), Sync.NORMAL);
        TestServer.await(store.open(List.of(EventBlocks.COLLECTION)));
        blocks = new EventBlocks(store, new EventBlocks.Retention(10, Duration.ofDays(1)), () -> now);
        tail = new EventTail(vertx, blocks);
        recorder = new EventRecorder(blocks, Map.of("things", "thing"), Set.of(), 1_000, InstantSource.system());
        recorder.onAppended(tail::hint);
        var callers = new CallerIdentity(user -> Future.succeededFuture(since));
        server = TestServer.withSockets(
                List.of(new EventResource(tail, callers)), door -> List.of(EventSocket.mount(tail, callers, door)));
        client = server.vertx.createWebSocketClient();
    }

    @AfterEach
    void close() {
        server.close();
        TestServer.await(store.close());
        TestServer.await(vertx.close());
    }

    void happens(EventNote... happenings) {
        for (EventNote each : happenings) {
            TestServer.await(
                    recorder.changed(List.of(new Change("things", "t" + ++made, 1, false, List.of(each.note())))));
        }
    }

    EventNote one(String type) {
        return EventNote.of(type, now);
    }

    String ticket() {
        return new JsonObject(
                        server.call("POST", "/api/auth/ticket", "viewer", null).body())
                .getString("ticket");
    }

    ClientWebSocket connect(String query, String origin) {
        return connect(client.webSocket(), query, origin);
    }

    /** @param socket listens already: a message that comes before somebody listens is lost */
    ClientWebSocket connect(ClientWebSocket socket, String query, String origin) {
        var options = new WebSocketConnectOptions()
                .setHost("127.0.0.1")
                .setPort(server.port)
                .setURI("/api/events/ws?" + query);
        if (origin != null) {
            options.addHeader("Origin", origin);
        }
        TestServer.await(socket.connect(options));
        return socket;
    }

    static boolean isEvent(String line) {
        return line.contains("\"type\"");
    }
}
