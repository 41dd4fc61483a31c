package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.Role;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Events over WebSockets, by the real server. */
class EventSocketTest extends EventStreamRig {
    private static BlockingQueue<JsonObject> messages(ClientWebSocket socket) {
        var messages = new LinkedBlockingQueue<JsonObject>();
        socket.textMessageHandler(text -> {
            if (isEvent(text)) {
                messages.add(new JsonObject(text));
            }
        });
        return messages;
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
