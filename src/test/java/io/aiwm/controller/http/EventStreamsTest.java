package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config.Storage.Sync;
import io.aiwm.controller.api.CallerIdentity;
import io.aiwm.controller.api.EventResource;
import io.aiwm.controller.api.EventSocket;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.eventlog.EventBlocks;
import io.aiwm.controller.eventlog.EventNote;
import io.aiwm.controller.eventlog.EventRecorder;
import io.aiwm.controller.eventlog.EventTail;
import io.aiwm.controller.store.Change;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Events over HTTP and over WebSockets, by the real server. */
@Timeout(60)
class EventStreamsTest {
    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private Instant now = Instant.now();
    private SqliteStore store;
    private EventBlocks blocks;
    private EventTail tail;
    private EventRecorder recorder;
    private TestServer server;
    private WebSocketClient client;
    private int made;
    /** When the users who call were made. */
    private volatile Instant since = Instant.EPOCH;

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

    private void happens(EventNote... happenings) {
        for (EventNote each : happenings) {
            TestServer.await(
                    recorder.changed(List.of(new Change("things", "t" + ++made, 1, false, List.of(each.note())))));
        }
    }

    private EventNote one(String type) {
        return EventNote.of(type, now);
    }

    private JsonObject list(String token, String query) {
        var answer = server.call("GET", "/api/events" + query, token, null);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body());
    }

    private static List<Long> revisions(JsonObject page) {
        return page.getJsonArray("items").stream()
                .map(item -> ((JsonObject) item).getLong("revision"))
                .toList();
    }

    @Test
    void a_page_is_the_newest_first_and_after_a_revision_the_oldest_first() {
        IntStream.range(0, 25).forEach(i -> happens(one(i % 2 == 0 ? "thing.even" : "thing.odd")));
        JsonObject newest = list("viewer", "?pageSize=10&type=thing.odd");
        assertThat(revisions(newest)).containsExactly(24L, 22L, 20L, 18L, 16L, 14L, 12L, 10L, 8L, 6L);
        assertThat(newest.getLong("revision")).isEqualTo(25);
        JsonObject rest = list("viewer", "?pageSize=10&type=thing.odd&pageToken=" + newest.getString("nextPageToken"));
        assertThat(revisions(rest)).containsExactly(4L, 2L);
        assertThat(rest.getString("nextPageToken")).isNull();
        JsonObject after = list("viewer", "?after=20&pageSize=3");
        assertThat(revisions(after)).containsExactly(21L, 22L, 23L);
        assertThat(after.getLong("revision")).isEqualTo(23);
        assertThat(revisions(list("viewer", "?after=23&pageSize=3"))).containsExactly(24L, 25L);
        assertThat(revisions(list("viewer", "?after=25"))).isEmpty();
        assertThat(revisions(list("viewer", "?resource=t7"))).containsExactly(7L);
        assertThat(revisions(list("viewer", "?kind=node"))).isEmpty();
    }

    @Test
    void what_is_not_kept_is_gone_and_what_is_no_revision_is_named() {
        IntStream.range(0, 30).forEach(i -> happens(one("thing.made")));
        TestServer.await(blocks.run());
        for (String accept : List.of("application/json", "text/event-stream", "application/x-ndjson")) {
            var answer = server.call("GET", "/api/events?after=3", "viewer", null, "Accept", accept);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(410);
            assertThat(new JsonObject(answer.body()).getString("code")).isEqualTo("gone");
            assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        }
        assertThat(server.call(
                                "GET",
                                "/api/events",
                                "viewer",
                                null,
                                "Accept",
                                "text/event-stream",
                                "Last-Event-ID",
                                "x")
                        .statusCode())
                .isEqualTo(400);
        assertThat(server.call("GET", "/api/events?type=a%20b", "viewer", null).body())
                .contains("query:type");
        assertThat(server.call("GET", "/api/events?after=-1", "viewer", null).statusCode())
                .isEqualTo(400);
    }

    @Test
    void a_viewer_sees_neither_audit_nor_what_is_another_users() {
        happens(
                one("audit.createUser"),
                one("approval.asked").owner("someone"),
                one("approval.asked").owner("viewer"),
                one("thing.made"));
        assertThat(revisions(list("viewer", "?after=0"))).containsExactly(3L, 4L);
        assertThat(revisions(list("operator", "?after=0"))).containsExactly(4L);
        assertThat(revisions(list("admin", "?after=0"))).containsExactly(1L, 2L, 3L, 4L);
        assertThat(server.call("GET", "/api/events", "node", null).statusCode()).isEqualTo(403);
    }

    @Test
    void what_an_earlier_user_of_the_name_did_is_not_seen() {
        happens(one("approval.asked").owner("viewer"), one("thing.made"));
        since = Instant.now().plusSeconds(3_600);
        assertThat(revisions(list("viewer", "?after=0"))).containsExactly(2L);
        assertThat(revisions(list("admin", "?after=0"))).containsExactly(1L, 2L);
    }

    private List<String> follow(String accept, String query, String... headers) throws Exception {
        var builder = HttpRequest.newBuilder(server.uri("/api/events" + query))
                .header("Authorization", "Bearer viewer")
                .header("Accept", accept);
        if (headers.length > 0) {
            builder.headers(headers);
        }
        var lines = new CopyOnWriteArrayList<String>();
        HttpResponse<java.util.stream.Stream<String>> answer =
                HttpClient.newHttpClient().send(builder.build(), HttpResponse.BodyHandlers.ofLines());
        assertThat(answer.statusCode()).isEqualTo(200);
        var reading = new Thread(() -> {
            try {
                answer.body().forEach(lines::add);
            } catch (java.io.UncheckedIOException ended) {
                // the server ends with the test
            }
        });
        reading.setDaemon(true);
        reading.start();
        return lines;
    }

    @Test
    void server_sent_events_go_on_after_the_last_one_that_the_browser_has() throws Exception {
        IntStream.range(0, 5).forEach(i -> happens(one("thing.made")));
        List<String> lines = follow("text/event-stream", "?after=1", "Last-Event-ID", "3");
        await().untilAsserted(() -> assertThat(lines)
                .filteredOn(line -> line.startsWith("id: "))
                .containsExactly("id: 3", "id: 4", "id: 5"));
        happens(one("thing.more"));
        await().untilAsserted(() -> assertThat(lines).contains("id: 6"));
        String data = lines.get(lines.indexOf("id: 6") + 1);
        assertThat(new JsonObject(data.substring("data: ".length())).getString("type"))
                .isEqualTo("thing.more");
    }

    @Test
    void a_browser_that_is_cut_off_before_its_first_event_knows_where_to_go_on() throws Exception {
        IntStream.range(0, 5).forEach(i -> happens(one("thing.made")));
        List<String> lines = follow("text/event-stream", "?type=other");
        await().untilAsserted(() -> assertThat(lines).containsExactly(": still here", "id: 5", ""));
        List<String> json = follow("application/x-ndjson", "?type=other");
        await().untilAsserted(() -> assertThat(json).containsExactly("{\"revision\":5}"));
        ClientWebSocket socket = client.webSocket();
        var texts = new LinkedBlockingQueue<String>();
        socket.textMessageHandler(texts::add);
        connect(socket, "ticket=" + ticket() + "&type=other", null);
        assertThat(texts.poll(20, TimeUnit.SECONDS)).isEqualTo("{\"revision\":5}");
    }

    @Test
    void lines_without_a_place_begin_with_the_next_event() throws Exception {
        happens(one("thing.before"));
        List<String> lines = follow("application/x-ndjson", "?type=thing");
        happens(one("thing.after"), one("other.after"), one("thing.last"));
        await().untilAsserted(() -> assertThat(lines)
                .filteredOn(EventStreamsTest::isEvent)
                .extracting(line -> new JsonObject(line).getLong("revision"))
                .containsExactly(2L, 4L));
    }

    /** Nothing is kept for it but its place, so all other readers go on. */
    @Test
    void a_client_that_reads_nothing_holds_up_nobody() throws Exception {
        try (var silent = new Socket(InetAddress.getLoopbackAddress(), server.port)) {
            silent.getOutputStream()
                    .write(
                            "GET /api/events?after=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer viewer\r\nAccept: text/event-stream\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
            List<String> lines = follow("application/x-ndjson", "?after=0");
            String long300 = "x".repeat(300);
            for (int block = 0; block < 20; block++) {
                int from = made;
                made += 500;
                TestServer.await(recorder.changed(IntStream.range(from, made)
                        .mapToObj(i -> new Change(
                                "things",
                                "u" + i,
                                1,
                                false,
                                List.of(one("thing.made").text(long300).note())))
                        .toList()));
            }
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(lines.stream().filter(EventStreamsTest::isEvent))
                            .hasSize(10_000));
        }
    }

    private String ticket() {
        return new JsonObject(
                        server.call("POST", "/api/auth/ticket", "viewer", null).body())
                .getString("ticket");
    }

    private ClientWebSocket connect(String query, String origin) {
        return connect(client.webSocket(), query, origin);
    }

    /** @param socket listens already: a message that comes before somebody listens is lost */
    private ClientWebSocket connect(ClientWebSocket socket, String query, String origin) {
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

    private static BlockingQueue<JsonObject> messages(ClientWebSocket socket) {
        var messages = new LinkedBlockingQueue<JsonObject>();
        socket.textMessageHandler(text -> {
            if (isEvent(text)) {
                messages.add(new JsonObject(text));
            }
        });
        return messages;
    }

    private static boolean isEvent(String line) {
        return line.contains("\"type\"");
    }

    private static long nextRevision(BlockingQueue<JsonObject> messages) throws InterruptedException {
        JsonObject message = messages.poll(20, TimeUnit.SECONDS);
        assertThat(message).as("a message comes").isNotNull();
        return message.getLong("revision");
    }

    @Test
    void a_websocket_tells_what_comes_after_a_revision() throws Exception {
        IntStream.range(0, 5).forEach(i -> happens(one("thing.made")));
        ClientWebSocket socket = client.webSocket();
        var messages = messages(socket);
        connect(socket, "ticket=" + ticket() + "&after=3&severity=info", null);
        assertThat(nextRevision(messages)).isEqualTo(4);
        assertThat(nextRevision(messages)).isEqualTo(5);
        happens(one("audit.createUser"), one("thing.more"));
        assertThat(nextRevision(messages)).isEqualTo(7);
        TestServer.await(socket.close());
        await().until(() -> server.setup.shares().size(Shares.Kind.SOCKETS) == 0);
    }

    @Test
    void a_websocket_is_refused_like_a_request() {
        IntStream.range(0, 30).forEach(i -> happens(one("thing.made")));
        TestServer.await(blocks.run());
        refused(401, "ticket=unknown", null);
        refused(401, "", null);
        refused(403, "ticket=" + ticket(), "https://evil.example");
        refused(410, "after=3&ticket=" + ticket(), null);
        refused(400, "after=x&ticket=" + ticket(), null);
        refused(400, "severity=loud&ticket=" + ticket(), null);
        refused(400, "kind=nodes&ticket=" + ticket(), null);
        assertThat(server.call("GET", "/api/events/ws", "viewer", null).statusCode())
                .isEqualTo(400);
        assertThat(server.setup.shares().size(Shares.Kind.SOCKETS)).isZero();
        TestServer.await(
                connect("ticket=" + ticket(), "http://127.0.0.1:" + server.port).close());
    }

    private void refused(int status, String query, String origin) {
        assertThatThrownBy(() -> connect(query, origin))
                .isInstanceOfSatisfying(
                        UpgradeRejectedException.class,
                        refused -> assertThat(refused.getStatus()).as(query).isEqualTo(status));
    }

    @Test
    void a_websocket_ends_with_the_token_behind_it() {
        String ticket = TestServer.await(server.tickets.issue(
                new Principal("v", Role.VIEWER, "t", Instant.now().plusMillis(700))));
        ClientWebSocket socket = client.webSocket();
        var code = new AtomicInteger();
        socket.closeHandler(closed -> code.set(socket.closeStatusCode()));
        connect(socket, "ticket=" + ticket, null);
        await().untilAtomic(code, org.hamcrest.Matchers.equalTo(4401));
    }

    @Test
    void a_user_has_a_limited_number_of_streams() throws IOException {
        var open = new java.util.ArrayList<Socket>();
        try {
            int status = 200;
            while (status == 200 && open.size() <= Shares.Kind.STREAMS.mostOfOne) {
                var socket = new Socket(InetAddress.getLoopbackAddress(), server.port);
                open.add(socket);
                socket.setSoTimeout(5_000);
                socket.getOutputStream()
                        .write(
                                "GET /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer viewer\r\nAccept: text/event-stream\r\n\r\n"
                                        .getBytes(StandardCharsets.US_ASCII));
                status = Integer.parseInt(
                        new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII).substring(9));
            }
            assertThat(status).isEqualTo(429);
            assertThat(open).hasSize(Shares.Kind.STREAMS.mostOfOne + 1);
        } finally {
            for (Socket each : open) {
                each.close();
            }
        }
    }
}
