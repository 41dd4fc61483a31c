package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config;
import io.aiwm.common.AuditChain;
import io.aiwm.common.Failure;
import io.aiwm.common.JsonText;
import io.aiwm.controller.audit.AuditLog;
import io.aiwm.controller.http.AuditTrail;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.secret.SecretCipher;
import io.aiwm.controller.secret.StoredSecrets;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What callers change over REST, in the audit log. */
@Timeout(60)
class AuditResourceTest {
    private static final String CANARY = "canary-91c2fa";

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private SqliteStore store;
    private AuditLog log;
    private volatile boolean full;
    private TestServer server;

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("aiwm.db"), Config.Storage.Sync.NORMAL);
        store.open(List.of(StoredSecrets.COLLECTION, AuditLog.COLLECTION)).await();
        log = new AuditLog(vertx, store, Duration.ofDays(1), InstantSource.system(), true);
        var cipher = new SecretCipher(new byte[32], List.of());
        var trail = new AuditTrail() {
            @Override
            public Future<Void> asked(JsonObject what) {
                return full
                        ? Future.failedFuture(new Failure(Failure.Kind.UNAVAILABLE, "the audit log cannot be written"))
                        : log.asked(what);
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
                List.of(
                        new SecretResource(new StoredSecrets(vertx, store, InstantSource.system(), cipher)),
                        new AuditResource(log)),
                trail);
    }

    @AfterEach
    void close() {
        server.close();
        store.close().await();
        vertx.close().await();
    }

    private int put(String description, String... headers) {
        String body = new JsonObject()
                .put("value", CANARY)
                .put("description", description)
                .encode();
        return server.call("PUT", "/api/secrets/hf", "operator", body, headers).statusCode();
    }

    private List<JsonObject> entries(String query, int atLeast) {
        return await().until(
                        () -> {
                            var answer = server.call("GET", "/api/audit" + query, "admin", null);
                            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                            assertThat(answer.body()).doesNotContain(CANARY);
                            return new JsonObject(answer.body())
                                    .getJsonArray("items").stream()
                                            .map(JsonObject.class::cast)
                                            .toList();
                        },
                        found -> found.size() >= atLeast);
    }

    @Test
    void a_change_has_an_entry_before_it_and_one_after_it_with_what_differs() {
        assertThat(put("first", "X-Request-Id", "req-1")).isEqualTo(201);
        assertThat(put("second", "X-Request-Id", "req-2")).isEqualTo(200);
        assertThat(put("third", "X-Request-Id", "req-3", "If-Match", "\"9\"")).isEqualTo(412);
        assertThat(server.call("DELETE", "/api/secrets/hf", "operator", null, "X-Request-Id", "req-4")
                        .statusCode())
                .isEqualTo(204);
        assertThat(server.call("GET", "/api/secrets/hf", "operator", null).statusCode())
                .isEqualTo(404);
        List<JsonObject> second = entries("?requestId=req-2", 2);
        JsonObject asked = second.get(1);
        assertThat(asked.getString("actor")).isEqualTo("operator");
        assertThat(asked.getString("operation")).isEqualTo("setSecret");
        assertThat(asked.getString("path")).isEqualTo("/api/secrets/hf");
        assertThat(asked.getString("address")).isEqualTo("127.0.0.1");
        assertThat(asked.getJsonArray("fields")).isEqualTo(new JsonArray(List.of("value", "description")));
        assertThat(asked.getInteger("status")).isNull();
        JsonObject ended = second.get(0);
        assertThat(ended.getInteger("status")).isEqualTo(200);
        assertThat(ended.getJsonArray("changes"))
                .contains(new JsonObject()
                        .put("path", "/description")
                        .put("from", "first")
                        .put("to", "second"));
        assertThat(entries("?requestId=req-1", 2).get(0).getJsonArray("changes"))
                .contains(new JsonObject().put("path", "/description").put("to", "first"));
        JsonObject refused = entries("?requestId=req-3", 2).get(0);
        assertThat(refused.getInteger("status")).isEqualTo(412);
        assertThat(refused.getJsonArray("changes")).isNull();
        assertThat(entries("?requestId=req-4", 2).get(0).getJsonArray("changes"))
                .contains(new JsonObject().put("path", "/description").put("from", "second"));
        assertThat(entries("", 8)).hasSize(8);
        assertThat(entries("?operation=deleteSecret&actor=operator", 2)).hasSize(2);
        assertThat(entries("?resource=secrets/hf", 8)).hasSize(8);
        assertThat(entries("?actor=ann", 0)).isEmpty();
    }

    @Test
    void the_list_from_the_beginning_is_the_chain_as_it_was_hashed() {
        put("first");
        put("second");
        await().until(() -> entries("", 4).size() == 4);
        var chain = new AuditChain();
        long at = 0;
        while (chain.entries() < 4) {
            for (JsonObject entry : entries("?after=" + at, 1)) {
                chain.take(entry);
                at = entry.getLong(AuditChain.SEQ);
            }
        }
        assertThat(chain.faults()).isEmpty();
    }

    @Test
    void without_its_entry_nothing_is_changed() {
        full = true;
        assertThat(put("first")).isEqualTo(503);
        assertThat(server.call("GET", "/api/secrets/hf", "operator", null).statusCode())
                .isEqualTo(404);
    }

    @Test
    void only_an_administrator_reads_it() {
        assertThat(server.call("GET", "/api/audit", "operator", null).statusCode())
                .isEqualTo(403);
        assertThat(server.call("GET", "/api/audit?from=yesterday", "admin", null)
                        .body())
                .contains("query:from");
    }
}
