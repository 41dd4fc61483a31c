package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What one user has open leaves room for the others. */
@Timeout(120)
class SharesTest {
    private TestServer server;
    /** One that nobody keeps is closed by the garbage collector, with its sockets. */
    private WebSocketClient webSockets;

    private final List<Socket> opened = new ArrayList<>();

    @BeforeEach
    void open() {
        server = new TestServer(List.of());
        webSockets = server.vertx.createWebSocketClient(
                new WebSocketClientOptions().setMaxConnections(Shares.Kind.SOCKETS.mostOfOne + 10));
    }

    @AfterEach
    void close() throws IOException {
        for (Socket socket : opened) {
            socket.close();
        }
        server.close();
    }

    /** The status of its answer; 0 while there is none. */
    private int begin(Shares.Kind kind, String token) throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), server.port);
        opened.add(socket);
        socket.setSoTimeout(20_000);
        boolean stream = kind == Shares.Kind.STREAMS;
        String head = String.join(
                "\r\n",
                (stream ? "GET" : "PUT") + " /api/things/endless/sounds HTTP/1.1",
                "Host: x",
                "Authorization: Bearer " + token,
                stream ? "X: y" : "Transfer-Encoding: chunked",
                "",
                stream ? "" : "1\r\nx\r\n");
        int fed = server.things.bytesFed.get();
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        await().pollInterval(Duration.ofMillis(2))
                .until(() -> socket.getInputStream().available() > 12 || server.things.bytesFed.get() > fed);
        if (socket.getInputStream().available() == 0) {
            return 0;
        }
        String line = new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
        return Integer.parseInt(line.substring(9));
    }

    @ParameterizedTest
    @EnumSource(
            value = Shares.Kind.class,
            names = {"STREAMS", "UPLOADS"})
    void one_user_is_told_to_come_again_and_another_is_not(Shares.Kind kind) throws IOException {
        for (int i = 0; i < kind.mostOfOne; i++) {
            assertThat(begin(kind, "operator")).isIn(0, 200);
        }
        assertThat(begin(kind, "operator")).isEqualTo(429);
        assertThat(begin(kind, "admin")).isIn(0, 200);
        var refused = server.call(
                kind == Shares.Kind.STREAMS ? "GET" : "PUT",
                "/api/things/endless/sounds",
                "operator",
                kind == Shares.Kind.STREAMS ? null : "x");
        assertThat(Problems.problem(refused, 429, "limited").getString("detail"))
                .contains(kind.mostOfOne + " ");
        assertThat(refused.headers().firstValue("Retry-After")).hasValue("5");
        // who lets one go can have another
        opened.get(0).close();
        await().until(() -> begin(kind, "operator") != 429);
    }

    @Test
    void one_user_has_so_many_websockets_and_another_can_have_one() {
        var sockets = new ArrayList<WebSocket>();
        for (int i = 0; i < Shares.Kind.SOCKETS.mostOfOne; i++) {
            sockets.add(listen("viewer"));
        }
        assertThatThrownBy(() -> listen("viewer"))
                .isInstanceOfSatisfying(
                        UpgradeRejectedException.class,
                        refused -> assertThat(refused.getStatus()).isEqualTo(429));
        listen("admin");
        TestServer.await(sockets.get(0).close());
        await().ignoreExceptions().until(() -> listen("viewer") != null);
    }

    private WebSocket listen(String token) {
        String ticket = new JsonObject(
                        server.call("POST", "/api/auth/ticket", token, null).body())
                .getString("ticket");
        return TestServer.await(webSockets.connect(new WebSocketConnectOptions()
                .setHost("127.0.0.1")
                .setPort(server.port)
                .setURI("/eventbus/websocket?ticket=" + ticket)));
    }

    @Test
    void requests_are_counted_until_they_have_their_answer() {
        Shares shares = server.setup.shares();
        for (int i = 0; i < 10; i++) {
            server.call("GET", "/api/things/a", "viewer", null);
            server.call("GET", "/api/things/zzz", "viewer", null);
            server.call("GET", "/api/things?pageSize=-1", "viewer", null);
            server.call("POST", "/api/things", "viewer", "{}");
        }
        await().until(() -> shares.size(Shares.Kind.REQUESTS) == 0);
        for (int i = 0; i < Shares.Kind.REQUESTS.mostOfOne; i++) {
            shares.take(Shares.Kind.REQUESTS, "viewer");
        }
        Problems.problem(server.call("GET", "/api/things/a", "viewer", null), 429, "limited");
        assertThat(server.call("GET", "/api/things/a", "admin", null).statusCode())
                .isEqualTo(200);
    }

    @Test
    void users_together_have_a_limit_too() {
        var shares = new Shares();
        for (int i = 0; i < Shares.Kind.UPLOADS.most; i++) {
            shares.take(Shares.Kind.UPLOADS, "user" + i);
        }
        assertThatThrownBy(() -> shares.take(Shares.Kind.UPLOADS, "one more"))
                .isInstanceOfSatisfying(
                        Failure.class, cause -> assertThat(cause.kind).isEqualTo(Failure.Kind.LIMITED));
        shares.giveBack(Shares.Kind.UPLOADS, "user1");
        shares.take(Shares.Kind.UPLOADS, "one more");
    }
}
