package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Secrets;
import io.aiwm.controller.api.CallerCheck;
import io.aiwm.controller.auth.ApiKeys;
import io.aiwm.controller.auth.Callers;
import io.aiwm.controller.auth.JwtTokens;
import io.aiwm.controller.auth.KeyRequest;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.QuickUsers;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.auth.UserChange;
import io.aiwm.controller.auth.Users;
import io.aiwm.controller.node.FleetUnderTest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever goes on ends when its caller would not be let in any more: what it hears, what it sends, what it waits for. */
@Timeout(60)
class EndOfAccessTest {
    private static final String LISTEN = "GET /api/things/endless/sounds";
    private static final String FEED = "PUT /api/things/endless/sounds";
    private static final String WAIT = "GET /api/things/slow";

    @TempDir
    Path folder;

    private JwtTokens jwt;
    private FleetUnderTest fleet;
    private Users users;
    private ApiKeys keys;
    private TestServer server;

    @BeforeEach
    void open() {
        fleet = new FleetUnderTest(folder, Users.COLLECTION, ApiKeys.COLLECTION);
        jwt = new JwtTokens(
                fleet.vertx, new Secrets("0123456789abcdef0123456789abcdef", null, null, null), InstantSource.system());
        users = QuickUsers.of(fleet.vertx, fleet.store, InstantSource.system());
        keys = new ApiKeys(fleet.store, users, InstantSource.system());
        server = new TestServer(List.of(), new CallerCheck(new Callers(jwt, users, keys)));
        TestServer.await(users.create("ada", "her password", Role.OPERATOR));
    }

    @AfterEach
    void close() {
        server.close();
        fleet.close();
    }

    private String token(Duration lifetime) {
        return jwt.issueUser(TestServer.await(users.get("ada")), lifetime).token();
    }

    private void change(UserChange wanted) {
        TestServer.await(users.change("ada", wanted, null));
    }

    /** Sends it and leaves the connection open; a feed has sent a first byte. */
    private Socket begin(String request, String token) throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), server.port);
        socket.setSoTimeout(20_000);
        String head = String.join(
                "\r\n",
                request + " HTTP/1.1",
                "Host: x",
                "Authorization: Bearer " + token,
                request.equals(FEED) ? "Transfer-Encoding: chunked" : "Prefer: wait=60",
                "",
                request.equals(FEED) ? "1\r\nx\r\n" : "");
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        if (request.equals(LISTEN)) {
            assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 200");
        } else if (request.equals(FEED)) {
            await().until(() -> server.things.bytesFed.get() > 0);
        } else {
            await().until(() -> server.things.waiting.get() > 0);
        }
        return socket;
    }

    private static String rest(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** Begins all three, does it, and expects their end. */
    private void ends(String token, Runnable what) throws IOException {
        try (var listener = begin(LISTEN, token);
                var feeder = begin(FEED, token);
                var waiter = begin(WAIT, token)) {
            what.run();
            rest(listener);
            rest(feeder);
            await().untilAtomic(server.things.feedsBroken, org.hamcrest.Matchers.equalTo(1));
            assertThat(rest(waiter)).startsWith("HTTP/1.1 401");
        }
    }

    @Test
    void it_ends_when_the_time_of_its_token_has_come() throws IOException {
        ends(token(Duration.ofSeconds(4)), () -> {});
    }

    @Test
    void it_ends_when_its_user_is_disabled() throws IOException {
        ends(token(Duration.ofHours(1)), () -> change(new UserChange(null, null, true)));
    }

    @Test
    void it_ends_when_its_user_is_deleted() throws IOException {
        ends(token(Duration.ofHours(1)), () -> TestServer.await(users.delete("ada", null)));
    }

    @Test
    void it_ends_when_its_user_has_another_role() throws IOException {
        ends(token(Duration.ofHours(1)), () -> change(new UserChange(Role.VIEWER, null, null)));
    }

    @Test
    void what_a_key_sends_ends_when_its_owner_may_send_no_more() throws IOException {
        Principal ada = jwt.verifyUser(token(Duration.ofHours(1)));
        String key = TestServer.await(keys.create(ada, new KeyRequest("feed", Role.OPERATOR, null, null, null, null)))
                .text();
        try (var listener = begin(LISTEN, key);
                var feeder = begin(FEED, key)) {
            change(new UserChange(Role.VIEWER, null, null));
            rest(feeder);
            // a viewer may listen
            assertThat(listener.getInputStream().available()).isPositive();
            TestServer.await(users.delete("ada", null));
            rest(listener);
        }
    }
}
