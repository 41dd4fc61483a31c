package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Secrets;
import io.aiwm.controller.auth.ApiKeys;
import io.aiwm.controller.auth.Callers;
import io.aiwm.controller.auth.JwtTokens;
import io.aiwm.controller.auth.QuickUsers;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.auth.Users;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.node.FleetUnderTest;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.hamcrest.Matchers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Users and API keys over REST, with real tokens, over a real store. */
@Timeout(60)
class UserResourceTest {
    private static final String ADA = "{\"username\":\"ada@x\",\"password\":\"her password\",\"role\":\"OPERATOR\"}";

    @TempDir
    Path folder;

    private JwtTokens jwt;
    private FleetUnderTest fleet;
    private Users users;
    private TestServer server;
    private String admin;

    @BeforeEach
    void open() {
        fleet = new FleetUnderTest(folder, Users.COLLECTION, ApiKeys.COLLECTION);
        jwt = new JwtTokens(
                fleet.vertx, new Secrets("0123456789abcdef0123456789abcdef", null, null, null), InstantSource.system());
        users = QuickUsers.of(fleet.vertx, fleet.store, InstantSource.system());
        var keys = new ApiKeys(fleet.store, users, InstantSource.system());
        server = new TestServer(
                List.of(new UserResource(users), new ApiKeyResource(keys)),
                new CallerCheck(new Callers(jwt, users, keys)));
        TestServer.await(users.create("root", "root password", Role.ADMIN));
        admin = tokenOf("root");
    }

    @AfterEach
    void close() {
        server.close();
        fleet.close();
    }

    private String tokenOf(String name) {
        return jwt.issueUser(TestServer.await(users.get(name)), Duration.ofMinutes(10))
                .token();
    }

    private HttpResponse<String> call(String method, String path, String body, String... headers) {
        return server.call(method, path, admin, body, headers);
    }

    private static JsonObject json(HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return answer.body().isEmpty() ? null : new JsonObject(answer.body());
    }

    private void status(int status, String method, String path, String token, String body) {
        json(server.call(method, path, token, body), status);
    }

    @Test
    void a_user_is_made_read_changed_and_removed_and_the_password_is_never_shown() {
        var made = call("POST", "/api/users", ADA);
        assertThat(json(made, 201).fieldNames())
                .containsExactlyInAnyOrder("username", "role", "disabled", "version", "createdAt", "updatedAt");
        assertThat(made.headers().firstValue("Location")).hasValue("/api/users/ada@x");
        json(call("POST", "/api/users", ADA), 409);
        var read = call("GET", "/api/users/ada%40x", null);
        assertThat(json(read, 200).getString("role")).isEqualTo("OPERATOR");
        String etag = read.headers().firstValue("ETag").orElseThrow();
        String ada = tokenOf("ada@x");
        status(200, "GET", "/api/auth/me", ada, null);
        var changed = json(call("PATCH", "/api/users/ada@x", "{\"role\":\"VIEWER\"}", "If-Match", etag), 200);
        assertThat(changed.getString("role")).isEqualTo("VIEWER");
        status(401, "GET", "/api/auth/me", ada, null);
        json(call("PATCH", "/api/users/ada@x", "{\"disabled\":true}", "If-Match", etag), 412);
        json(call("DELETE", "/api/users/ada@x", null, "If-Match", etag), 412);
        json(call("DELETE", "/api/users/ada@x", null), 204);
        json(call("GET", "/api/users/ada@x", null), 404);
        json(call("PATCH", "/api/users/ada@x", "{\"disabled\":true}"), 404);
        json(call("DELETE", "/api/users/ada@x", null), 404);
    }

    @Test
    void what_a_user_cannot_be_is_refused() {
        for (String body : List.of(
                "{\"username\":\"ada\",\"password\":\"short\",\"role\":\"VIEWER\"}",
                "{\"username\":\"ada\",\"password\":\"long enough\"}",
                "{\"username\":\"ada\",\"password\":\"long enough\",\"role\":\"NODE\"}",
                "{\"username\":\"../etc\",\"password\":\"long enough\",\"role\":\"VIEWER\"}",
                "{\"username\":{\"$ne\":null},\"password\":\"long enough\",\"role\":\"VIEWER\"}")) {
            json(call("POST", "/api/users", body), 400);
        }
        for (String patch : List.of("{}", "{\"role\":null}", "{\"password\":\"short\"}", "{\"tokenVersion\":1}")) {
            json(call("PATCH", "/api/users/root", patch), 400);
        }
        assertThat(json(call("PATCH", "/api/users/root", "{\"disabled\":true}"), 409)
                        .getString("detail"))
                .contains("last active administrator");
        json(call("DELETE", "/api/users/root", null), 409);
    }

    @Test
    void users_are_paged_by_name() {
        call("POST", "/api/users", ADA);
        var first = json(call("GET", "/api/users?pageSize=1", null), 200);
        assertThat(names(first)).containsExactly("ada@x");
        assertThat(first.getLong("totalSize")).isEqualTo(2);
        var second = json(call("GET", "/api/users?pageToken=" + first.getString("nextPageToken"), null), 200);
        assertThat(names(second)).containsExactly("root");
        assertThat(second.containsKey("nextPageToken")).isFalse();
        json(call("GET", "/api/users?pageToken=zzz", null), 400);
    }

    private static List<String> names(JsonObject page) {
        JsonArray items = page.getJsonArray("items");
        return items.stream()
                .map(item -> ((JsonObject) item).getString("username"))
                .toList();
    }

    @Test
    void everyone_sets_their_own_password_and_signs_out() {
        call("POST", "/api/users", ADA);
        String ada = tokenOf("ada@x");
        status(422, "PUT", "/api/auth/password", ada, "{\"current\":\"wrong\",\"new\":\"long enough\"}");
        status(400, "PUT", "/api/auth/password", ada, "{\"current\":\"her password\",\"new\":\"short\"}");
        status(403, "GET", "/api/users", ada, null);
        status(204, "PUT", "/api/auth/password", ada, "{\"current\":\"her password\",\"new\":\"long enough\"}");
        status(401, "GET", "/api/auth/me", ada, null);
        assertThat(TestServer.await(users.login("ada@x", "long enough", "::1")).role())
                .isEqualTo(Role.OPERATOR);
        String again = tokenOf("ada@x");
        status(204, "POST", "/api/auth/logout", again, null);
        status(401, "GET", "/api/auth/me", again, null);
    }

    @Test
    void a_key_is_shown_once_does_what_its_role_may_and_is_deleted() {
        call("POST", "/api/users", ADA);
        String ada = tokenOf("ada@x");
        status(403, "POST", "/api/api-keys", ada, "{\"name\":\"big\",\"role\":\"ADMIN\"}");
        status(400, "POST", "/api/api-keys", ada, "{\"name\":\"x\",\"role\":\"VIEWER\",\"expiresIn\":0}");
        var made = json(server.call("POST", "/api/api-keys", ada, "{\"name\":\"ci\",\"role\":\"VIEWER\"}"), 201);
        String key = made.getString("key");
        var me = json(server.call("GET", "/api/auth/me", key, null), 200);
        assertThat(me.getString("name")).isEqualTo("ada@x");
        assertThat(me.getString("role")).isEqualTo("VIEWER");
        assertThat(me.containsKey("expiresAt")).isFalse();
        status(403, "POST", "/api/api-keys", key, "{\"name\":\"more\",\"role\":\"VIEWER\"}");
        status(403, "POST", "/api/auth/logout", key, null);
        status(403, "PUT", "/api/auth/password", key, "{\"current\":\"her password\",\"new\":\"long enough\"}");
        var listed = server.call("GET", "/api/api-keys", ada, null);
        assertThat(listed.body()).contains("\"name\":\"ci\"", "lastUsedAt").doesNotContain(key, "hash");
        assertThat(json(call("GET", "/api/api-keys?owner=ada@x", null), 200).getLong("totalSize"))
                .isEqualTo(1);
        status(403, "GET", "/api/api-keys?owner=root", ada, null);
        var root = json(call("POST", "/api/api-keys", "{\"name\":\"r\",\"role\":\"ADMIN\",\"expiresIn\":60}"), 201);
        status(404, "DELETE", "/api/api-keys/" + root.getString("id"), ada, null);
        status(200, "GET", "/api/users", root.getString("key"), null);
        status(204, "DELETE", "/api/api-keys/" + made.getString("id"), ada, null);
        status(401, "GET", "/api/auth/me", key, null);
    }

    @Test
    void an_open_socket_ends_with_the_token_and_a_ticket_does_not_outlive_it() {
        call("POST", "/api/users", ADA);
        String ada = tokenOf("ada@x");
        var options = new WebSocketConnectOptions().setHost("127.0.0.1").setPort(server.port);
        var client = server.vertx.createWebSocketClient();
        var code = new AtomicInteger();
        String stale = ticket(ada);
        var socket = TestServer.await(client.connect(options.setURI("/eventbus/websocket?ticket=" + ticket(ada))));
        socket.closeHandler(closed -> code.set(socket.closeStatusCode()));

        json(call("PATCH", "/api/users/ada@x", "{\"disabled\":true}"), 200);

        status(401, "GET", "/eventbus/websocket?ticket=" + stale, null, null);
        await().untilAtomic(code, Matchers.equalTo(4401));
    }

    @Test
    void an_answer_that_goes_on_ends_with_the_key_it_was_asked_for_with() {
        var key = json(call("POST", "/api/api-keys", "{\"name\":\"tail\",\"role\":\"VIEWER\"}"), 201);
        var client = server.vertx.createHttpClient();
        Promise<Buffer> first = Promise.promise();
        Promise<Throwable> end = Promise.promise();
        client.request(HttpMethod.GET, server.port, "127.0.0.1", "/api/things/endless/sounds")
                .compose(request -> {
                    // heard before it is sent, so that no piece comes before its handler
                    request.response()
                            .onSuccess(
                                    answer -> answer.handler(first::tryComplete).exceptionHandler(end::tryComplete));
                    return request.putHeader("Authorization", "Bearer " + key.getString("key"))
                            .send();
                })
                .onFailure(first::tryFail);
        assertThat(TestServer.await(first.future())).hasToString("first");

        status(204, "DELETE", "/api/api-keys/" + key.getString("id"), admin, null);

        assertThat(TestServer.await(end.future())).isInstanceOf(HttpClosedException.class);
    }

    private String ticket(String token) {
        return json(server.call("POST", "/api/auth/ticket", token, null), 200).getString("ticket");
    }

    @Test
    void users_and_keys_are_found_by_a_part_of_their_name() {
        json(server.call("POST", "/api/users", admin, ADA), 201);
        String ada = tokenOf("ada@x");
        json(server.call("POST", "/api/api-keys", ada, "{\"name\":\"Nightly ci\",\"role\":\"VIEWER\"}"), 201);
        json(server.call("POST", "/api/api-keys", admin, "{\"name\":\"ci of root\",\"role\":\"VIEWER\"}"), 201);
        var found = json(server.call("GET", "/api/users?q=DA@", admin, null), 200);
        assertThat(found.getJsonArray("items")).hasSize(1);
        assertThat(found.getInteger("totalSize")).isEqualTo(1);
        assertThat(json(server.call("GET", "/api/users?q=d%25", admin, null), 200)
                        .getJsonArray("items"))
                .isEmpty();
        assertThat(json(server.call("GET", "/api/api-keys?q=CI", admin, null), 200)
                        .getJsonArray("items"))
                .hasSize(2);
        var own = json(server.call("GET", "/api/api-keys?q=ci", ada, null), 200).getJsonArray("items");
        assertThat(own).hasSize(1);
        assertThat(own.getJsonObject(0).getString("name")).isEqualTo("Nightly ci");
        assertThat(json(server.call("GET", "/api/api-keys?q=nothing", ada, null), 200)
                        .getJsonArray("items"))
                .isEmpty();
    }
}
