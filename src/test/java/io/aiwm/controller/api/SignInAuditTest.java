package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config;
import io.aiwm.common.JsonText;
import io.aiwm.controller.ToldEvents;
import io.aiwm.controller.audit.AuditLog;
import io.aiwm.controller.auth.QuickUsers;
import io.aiwm.controller.auth.Users;
import io.aiwm.controller.http.AuditTrail;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sign-ins in the audit log, of real users. */
@Timeout(60)
class SignInAuditTest {
    private static final String PASSWORD = "a password of admin 1";

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final List<Boolean> set = new ArrayList<>();
    private SqliteStore store;
    private AuditLog log;
    private TestServer server;
    private ToldEvents events;

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("aiwm.db"), Config.Storage.Sync.NORMAL);
        store.open(List.of(Users.COLLECTION, AuditLog.COLLECTION)).await();
        log = new AuditLog(vertx, store, Duration.ofDays(1), InstantSource.system(), true);
        events = new ToldEvents(store, folder, Set.of(AuditLog.COLLECTION.name()), "audit.");
        Users users = users(PASSWORD);
        var trail = new AuditTrail() {
            @Override
            public Future<Void> asked(JsonObject what) {
                return log.asked(what);
            }

            @Override
            public void ended(JsonObject what) {
                log.ended(what);
            }

            @Override
            public void worked(JsonText what) {
                log.worked(what);
            }
        };
        server = TestServer.audited(
                List.of(new AuditResource(log)),
                trail,
                (name, password, address) ->
                        users.login(name, password, address).map(user -> new Logins.Login("t", Duration.ofHours(1))),
                List.of());
    }

    private Users users(String password) {
        Users users = QuickUsers.of(vertx, store, InstantSource.system());
        users.onAdminSet(set::add);
        users.ensureAdmin(password).await();
        // waits until it is settled
        await().until(() ->
                users.login("admin", password, "::1").map(true).otherwise(false).await());
        return users;
    }

    @AfterEach
    void close() {
        server.close();
        events.close();
        store.close().await();
        vertx.close().await();
    }

    private int signIn(String name, String password) {
        String body =
                new JsonObject().put("username", name).put("password", password).encode();
        return server.call("POST", "/api/auth/login", null, body).statusCode();
    }

    /** Waits for as many, newest first. */
    private List<JsonObject> entries(int count) {
        return await().until(
                        () -> new JsonObject(
                                        server.call("GET", "/api/audit?operation=login&pageSize=1000", "admin", null)
                                                .body())
                                .getJsonArray("items").stream()
                                        .map(JsonObject.class::cast)
                                        .toList(),
                        found -> found.size() >= count);
    }

    @Test
    void who_signs_in_and_who_fails_is_told_and_what_may_be_a_password_is_not() {
        assertThat(signIn("admin", PASSWORD)).isEqualTo(200);
        assertThat(signIn("admin", "wrong")).isEqualTo(401);
        assertThat(signIn("my-password-by-mistake", "x")).isEqualTo(401);
        List<JsonObject> told = entries(3);
        assertThat(told).hasSize(3).allMatch(entry -> "127.0.0.1".equals(entry.getString("address")));
        assertThat(told.get(2).getString("actor")).isEqualTo("admin");
        assertThat(told.get(2).getInteger("status")).isEqualTo(200);
        assertThat(told.get(1).getString("actor")).isEqualTo("nobody");
        assertThat(told.get(1).getString("user")).isEqualTo("admin");
        assertThat(told.get(1).getInteger("status")).isEqualTo(401);
        assertThat(told.toString()).doesNotContain("by-mistake", "wrong", PASSWORD);
    }

    @Test
    void a_flood_of_failures_is_counted_and_its_lock_out_is_told() {
        int tries = 2 * SignInAudit.MOST_FAILED + 40;
        int refused = 0;
        for (int i = 0; i < tries; i++) {
            refused += signIn("admin", "wrong " + i) == 429 ? 1 : 0;
        }
        // ten may be wrong, then each waits
        assertThat(refused).isEqualTo(tries - 10);
        List<JsonObject> told = entries(10 + SignInAudit.MOST_FAILED);
        assertThat(told).hasSize(10 + SignInAudit.MOST_FAILED);
        assertThat(told.get(0).getInteger("status")).isEqualTo(429);
        // an administrator is warned
        events.tells(() -> {}, types(refused));
        server.signIns.run().await();
        JsonObject rest = entries(told.size() + 1).get(0);
        assertThat(rest.getLong("count")).isEqualTo(refused - SignInAudit.MOST_FAILED);
        assertThat(rest.getInteger("status")).isEqualTo(429);
        assertThat(rest.getJsonArray("addresses")).containsExactly("127.0.0.1");
        server.signIns.run().await();
        assertThat(entries(told.size() + 1)).hasSize(told.size() + 1);
    }

    private static String[] types(int refused) {
        return IntStream.range(0, 10 + Math.min(refused, SignInAudit.MOST_FAILED))
                .mapToObj(i -> i < 10 ? "audit.login" : "audit.login?")
                .toArray(String[]::new);
    }

    @Test
    void what_the_configuration_does_to_admin_is_told() {
        assertThat(set).containsExactly(true);
        users(PASSWORD);
        assertThat(set).containsExactly(true);
        users("another password of admin");
        assertThat(set).containsExactly(true, false);
    }
}
