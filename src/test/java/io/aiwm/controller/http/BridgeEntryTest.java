package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.Role;
import io.vertx.core.Future;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocket;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Who may open the event bridge, with which tickets, and when a socket ends. */
class BridgeEntryTest extends BridgeRig {
    @Test
    void a_ticket_opens_the_bridge_once() {
        String ticket = ticket();
        TestServer.await(connect(ticket, null).close());
        refused(server, ticket);
        refused(server, "");
    }

    @Test
    void a_ticket_of_one_controller_opens_the_bridge_of_another_on_the_same_store_once() throws InterruptedException {
        try (TestServer other = server.beside()) {
            String ticket = ticket();
            WebSocket socket = connect(other, ticket, null);
            var messages = messages(socket);
            register(socket, "aiwm.node.n1.command");
            assertThat(messages.poll(5, TimeUnit.SECONDS).getString("body")).isEqualTo("access_denied");
            refused(other, ticket);
            refused(server, ticket);
            TestServer.await(socket.close());
        }
    }

    @Test
    void a_user_with_too_many_open_tickets_is_told_when_to_come_again() {
        for (int i = 0; i < Tickets.MOST_OPEN_OF_ONE; i++) {
            assertThat(server.call("POST", "/api/auth/ticket", "admin", null).statusCode())
                    .isEqualTo(200);
        }
        var answer = server.call("POST", "/api/auth/ticket", "admin", null);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(429);
        assertThat(answer.headers().firstValue("Retry-After")).hasValue("30");
        assertThat(server.call("POST", "/api/auth/ticket", "viewer", null).statusCode())
                .isEqualTo(200);
    }

    /** Each of them is, to one reader of paths or another, the way in. */
    @Test
    void without_a_ticket_no_spelling_of_the_path_opens_the_bridge() {
        for (String path : List.of(
                "/eventbus/websocket",
                "/eventbus/websocket/",
                "/eventbus/websocket//",
                "/eventbus//websocket",
                "/eventbus//websocket/",
                "//eventbus/websocket",
                "/eventbus/./websocket",
                "/eventbus/websocket/.",
                "/eventbus/websocket/x/..",
                "/eventbus/x/../websocket/",
                "/x/../eventbus/websocket/",
                "/eventbus/websocket/%2e",
                "/eventbus/websocket/x/%2E%2e",
                "/eventbus/%77ebsocket",
                "/eventbus/%77ebsocket/",
                "/eventbus/websocke%74",
                "/%65ventbus/websocket",
                "/eventbus%2Fwebsocket",
                "/eventbus/websocket%2F",
                "/eventbus/websocket;x=1",
                "/eventbus/WEBSOCKET",
                "/EventBus/websocket/",
                "/eventbus/000/session/websocket",
                "/eventbus/000/session/websocket/",
                "/eventbus/000/session/%77ebsocket",
                "/eventbus//000//session//websocket",
                "http://127.0.0.1/eventbus/websocket/",
                "/eventbus/websocket/?ticket=",
                "/eventbus/websocket/?x=/websocket",
                "/eventbus/websocket/#/websocket")) {
            assertThat(status(path)).as(path).isIn(400, 401, 404);
        }
    }

    /** The answer to an upgrade, as no client would send it. */
    private static int status(String path) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port)) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write(head(path));
            String line = new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
            return Integer.parseInt(line.substring(line.length() - 3));
        } catch (IOException cause) {
            throw new AssertionError(cause);
        }
    }

    @Test
    void what_a_sockjs_client_asks_first_is_answered() {
        assertThat(server.call("GET", "/eventbus/info", null, null).body()).contains("websocket");
    }

    private static void refused(TestServer by, String ticket) {
        assertThatThrownBy(() -> connect(by, ticket, null))
                .isInstanceOfSatisfying(
                        UpgradeRejectedException.class,
                        refused -> assertThat(refused.getStatus()).isEqualTo(401));
    }

    @Test
    void a_page_of_another_origin_does_not_get_in() {
        assertThatThrownBy(() -> connect(ticket(), "https://evil.example"))
                .isInstanceOfSatisfying(
                        UpgradeRejectedException.class,
                        refused -> assertThat(refused.getStatus()).isEqualTo(403));
        TestServer.await(connect(ticket(), "http://127.0.0.1:" + server.port).close());
    }

    @Test
    void a_socket_ends_with_the_token_behind_it() {
        String ticket = TestServer.await(server.tickets.issue(
                new Principal("v", Role.VIEWER, "t", Instant.now().plusMillis(700))));
        WebSocket socket = connect(ticket, null);
        var code = new AtomicInteger();
        socket.closeHandler(closed -> code.set(socket.closeStatusCode()));
        await().untilAtomic(code, org.hamcrest.Matchers.equalTo(4401));
    }

    @Test
    void a_socket_ends_when_its_user_has_another_role() {
        var role = new java.util.concurrent.atomic.AtomicReference<>(Role.ADMIN);
        TokenCheck changing = new TokenCheck() {
            @Override
            public Future<Principal> verify(String token) {
                return TestServer.verify(token);
            }

            @Override
            public Future<Principal> recheck(Principal who) {
                return Future.succeededFuture(new Principal(who.name(), role.get(), who.tokenId(), who.expiresAt()));
            }
        };
        try (var other = new TestServer(List.of(), changing)) {
            String ticket = new JsonObject(other.call("POST", "/api/auth/ticket", "admin", null)
                            .body())
                    .getString("ticket");
            WebSocket socket = connect(other, ticket, null);
            var code = new AtomicInteger();
            socket.closeHandler(closed -> code.set(socket.closeStatusCode()));
            role.set(Role.VIEWER);
            await().untilAtomic(code, org.hamcrest.Matchers.equalTo(4401));
        }
    }
}
