package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.store.Change;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Events over HTTP, in pages and as a stream, by the real server. */
class EventStreamsTest extends EventStreamRig {
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
}
