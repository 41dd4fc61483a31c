package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.boot.ConfigRedisBuilder;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.http.TokenCheck;
import io.aiwm.controller.node.FleetUnderTest;
import io.aiwm.controller.notification.Deliveries;
import io.aiwm.controller.notification.Inbox;
import io.aiwm.controller.notification.Rules;
import io.aiwm.controller.notification.Senders;
import io.aiwm.controller.notification.TargetProbe;
import io.aiwm.controller.notification.Targets;
import io.aiwm.controller.secret.SecretCipher;
import io.aiwm.controller.secret.SecretValue;
import io.aiwm.controller.secret.StoredSecrets;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Targets, rules and the inbox over REST. */
@Timeout(60)
class NotificationResourceTest {
    private static final String TARGETS = "/api/notification-targets";
    private static final String RULES = "/api/notification-rules";
    private static final String URL_WITH_TOKEN = "http://127.0.0.1:9/services/T0/B0/canary-5c1e";

    @TempDir
    Path folder;

    private FleetUnderTest fleet;
    private StoredSecrets secrets;
    private TestServer server;
    private String admin;
    private String viewer;

    @BeforeEach
    void open() {
        fleet = new FleetUnderTest(
                folder,
                StoredSecrets.COLLECTION,
                Targets.COLLECTION,
                Rules.COLLECTION,
                Deliveries.COLLECTION,
                Inbox.COLLECTION,
                Inbox.MARKS);
        secrets = new StoredSecrets(fleet.vertx, fleet.store, fleet.clock, new SecretCipher(new byte[32], List.of()));
        var targets = new Targets(fleet.store, secrets, fleet.clock, false);
        var inbox = new Inbox(fleet.store, fleet.clock);
        var senders = new Senders(
                fleet.vertx,
                new Senders.Settings(
                        ConfigRedisBuilder.builder().build(),
                        new Config.Smtp(null, 25, Config.Smtp.Security.NONE, null, null, "aiwm@localhost"),
                        new Config.Notifications(List.of())),
                secrets,
                inbox,
                fleet.clock);
        server = new TestServer(
                List.of(
                        new NotificationResource(
                                inbox, new CallerIdentity(user -> Future.succeededFuture(Instant.EPOCH))),
                        new NotificationTargetResource(
                                targets,
                                new Rules(fleet.store, targets, fleet.clock),
                                new Deliveries(fleet.store, fleet.clock),
                                senders,
                                new TargetProbe(senders, fleet.clock))),
                TokenCheck.of(fleet.jwt::verifyUser));
        admin = token("ada", Role.ADMIN);
        viewer = token("vera", Role.VIEWER);
        secrets.put("slack", new SecretValue(URL_WITH_TOKEN, null), "ada", null).await();
    }

    private String token(String name, Role role) {
        return fleet.jwt.issueUser(name, role, Duration.ofMinutes(10)).token();
    }

    @AfterEach
    void close() {
        server.close();
        fleet.close();
    }

    private JsonObject call(String method, String path, String body, int status) {
        HttpResponse<String> answer = server.call(method, path, admin, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.body()).doesNotContain("canary");
        return answer.body().isEmpty() ? new JsonObject() : new JsonObject(answer.body());
    }

    private String pointer(String method, String path, String body, int status) {
        return call(method, path, body, status)
                .getJsonArray("errors")
                .getJsonObject(0)
                .getString("pointer");
    }

    @Test
    void targets_are_made_read_changed_and_removed() {
        call(
                "PUT",
                TARGETS + "/ops",
                "{\"kind\":\"webhook\",\"form\":\"slack\",\"urlSecret\":{\"secret\":\"slack\"}}",
                201);
        JsonObject read = call("GET", TARGETS + "/ops", null, 200);
        assertThat(read.getString("name")).isEqualTo("ops");
        assertThat(read.getBoolean("reachable")).isTrue();
        assertThat(read.getInteger("waiting")).isZero();
        assertThat(call("GET", TARGETS, null, 200).getJsonArray("items")).hasSize(3);
        assertThat(call("GET", TARGETS + "/queue", null, 200).getBoolean("reachable"))
                .isFalse();
        // a secret that is used is kept
        assertThat(server.call("GET", TARGETS, viewer, null).statusCode()).isEqualTo(403);
        call("DELETE", TARGETS + "/ops", null, 204);
        call("GET", TARGETS + "/ops", null, 404);
        call("DELETE", TARGETS + "/queue", null, 409);
    }

    @Test
    void of_a_url_only_the_host_is_shown_and_who_sends_that_back_keeps_it() {
        String shown = "https://hooks.example.org:8443/***";
        String stored = "https://hooks.example.org:8443/services/canary?token=canary";
        JsonObject made = call("PUT", TARGETS + "/ops", webhook(stored), 201);
        assertThat(made.getString("url")).isEqualTo(shown);
        assertThat(call("PUT", TARGETS + "/ops", webhook(shown), 200).getString("url"))
                .isEqualTo(shown);
        assertThat(call("GET", TARGETS, null, 200).getJsonArray("items").toString())
                .contains(shown);
        assertThat(new JsonObject(fleet.store
                                .get(Targets.COLLECTION.name(), "ops")
                                .await()
                                .json())
                        .getString("url"))
                .isEqualTo(stored);
        // with another host it would be sent to somebody else, and a new target has none
        assertThat(pointer("PUT", TARGETS + "/ops", webhook("https://evil.example/***"), 422))
                .isEqualTo("/url");
        assertThat(pointer("PUT", TARGETS + "/other", webhook(shown), 422)).isEqualTo("/url");
    }

    private static String webhook(String url) {
        return new JsonObject().put("kind", "webhook").put("url", url).encode();
    }

    @Test
    void what_cannot_be_is_refused_by_its_field() {
        assertThat(pointer("PUT", TARGETS + "/x", "{\"kind\":\"webhook\"}", 422))
                .isEqualTo("/url");
        assertThat(pointer("PUT", TARGETS + "/x", "{\"kind\":\"webhook\",\"url\":\"ftp://h/\"}", 422))
                .isEqualTo("/url");
        assertThat(pointer("PUT", TARGETS + "/x", "{\"kind\":\"webhook\",\"urlSecret\":{\"secret\":\"none\"}}", 422))
                .isEqualTo("/urlSecret");
        assertThat(pointer("PUT", TARGETS + "/x", "{\"kind\":\"email\",\"to\":[\"a@b\"]}", 422))
                .isEqualTo("/kind");
        assertThat(pointer("PUT", TARGETS + "/queue", "{\"kind\":\"webhook\",\"url\":\"http://h/\"}", 422))
                .isEqualTo("/name");
        assertThat(pointer("PUT", RULES + "/x", "{\"targets\":[\"nowhere\"]}", 422))
                .isEqualTo("/targets");
        assertThat(pointer("PUT", RULES + "/x", "{\"targets\":[\"inbox\"],\"types\":[\"a b\"]}", 422))
                .isEqualTo("/types");
        call("PUT", RULES + "/x", "{\"targets\":[]}", 400);
        String said = "\"description\":\"\\u001b[2J\"";
        assertThat(pointer("PUT", TARGETS + "/x", "{\"kind\":\"webhook\",\"url\":\"http://h/\"," + said + "}", 400))
                .isEqualTo("/description");
        assertThat(pointer("PUT", RULES + "/x", "{\"targets\":[\"inbox\"]," + said + "}", 400))
                .isEqualTo("/description");
        assertThat(pointer("PUT", "/api/notifications/read", "{\"upTo\":99999999999999999999}", 400))
                .isEqualTo("/upTo");
    }

    @Test
    void a_built_in_rule_holds_until_one_of_its_name_is_set() {
        assertThat(call("GET", RULES, null, 200).getJsonArray("items")).hasSize(2);
        call("PUT", RULES + "/work-to-queue", "{\"targets\":[\"queue\"],\"enabled\":false}", 201);
        assertThat(call("GET", RULES, null, 200).getJsonArray("items")).hasSize(2);
        assertThat(call("GET", RULES + "/work-to-queue", null, 200).getBoolean("enabled"))
                .isFalse();
        call("DELETE", RULES + "/work-to-queue", null, 204);
        assertThat(call("GET", RULES + "/work-to-queue", null, 200).getBoolean("enabled"))
                .isTrue();
        call("DELETE", RULES + "/work-to-queue", null, 404);
    }

    @Test
    void a_test_says_why_a_target_is_not_reached_and_shows_nothing_secret() {
        call(
                "PUT",
                TARGETS + "/ops",
                "{\"kind\":\"webhook\",\"form\":\"slack\",\"urlSecret\":{\"secret\":\"slack\"}}",
                201);
        assertThat(call("POST", TARGETS + "/ops/test", null, 422).getString("detail"))
                .contains("internal address");
        call("POST", TARGETS + "/queue/test", null, 422);
        call("POST", TARGETS + "/inbox/test", null, 204);
        var read = new JsonObject(
                server.call("GET", "/api/notifications", viewer, null).body());
        JsonObject one = read.getJsonArray("items").getJsonObject(0);
        assertThat(one.getString("type")).isEqualTo("notification.test");
        assertThat(one.getBoolean("read")).isFalse();
        assertThat(server.call("PUT", "/api/notifications/0/read", viewer, null).statusCode())
                .isEqualTo(204);
        assertThat(new JsonObject(server.call("GET", "/api/notifications?unread=true", viewer, null)
                                .body())
                        .getJsonArray("items"))
                .isEmpty();
        assertThat(server.call("PUT", "/api/notifications/77/read", viewer, null)
                        .statusCode())
                .isEqualTo(404);
    }
}
