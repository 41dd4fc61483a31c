package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.secret.SecretCipher;
import io.aiwm.controller.secret.StoredSecrets;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Stored secrets over REST. */
@Timeout(60)
class SecretResourceTest {
    private static final String CANARY = "canary-3b77e0";

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private SqliteStore store;
    private TestServer server;

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("aiwm.db"), Config.Storage.Sync.NORMAL);
        store.open(List.of(StoredSecrets.COLLECTION)).await();
        var cipher = new SecretCipher(new byte[32], List.of());
        server = new TestServer(
                List.of(new SecretResource(new StoredSecrets(vertx, store, InstantSource.system(), cipher))));
    }

    @AfterEach
    void close() {
        server.close();
        store.close().await();
        vertx.close().await();
    }

    private HttpResponse<String> put(String name, String body, String... headers) {
        return server.call("PUT", "/api/secrets/" + name, "operator", body, headers);
    }

    private static String value(String text) {
        return new JsonObject().put("value", text).encode();
    }

    private static JsonObject json(HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return new JsonObject(answer.body());
    }

    @Test
    void a_secret_is_set_shown_without_its_value_and_deleted() {
        HttpResponse<String> made = put(
                "hf",
                new JsonObject()
                        .put("value", CANARY)
                        .put("description", "gated models")
                        .encode());
        assertThat(json(made, 201).getInteger("version")).isEqualTo(1);
        assertThat(made.headers().firstValue("Location")).contains("/api/secrets/hf");
        assertThat(put("hf", value(CANARY), "If-Match", "\"9\"").statusCode()).isEqualTo(412);
        JsonObject again = json(put("hf", value(CANARY), "If-Match", "\"1\""), 200);
        assertThat(again.fieldNames())
                .containsExactlyInAnyOrder(
                        "name",
                        "description",
                        "version",
                        "readable",
                        "createdBy",
                        "updatedBy",
                        "createdAt",
                        "updatedAt");
        assertThat(again.getInteger("version")).isEqualTo(2);
        assertThat(again.getString("updatedBy")).isEqualTo("operator");
        assertThat(json(server.call("GET", "/api/secrets/hf", "operator", null), 200))
                .isEqualTo(again);
        put("zzz", value(CANARY));
        JsonObject page = json(server.call("GET", "/api/secrets?pageSize=1", "admin", null), 200);
        assertThat(page.getInteger("totalSize")).isEqualTo(2);
        JsonObject next = json(
                server.call(
                        "GET", "/api/secrets?pageSize=1&pageToken=" + page.getString("nextPageToken"), "admin", null),
                200);
        assertThat(next.getJsonArray("items").getJsonObject(0).getString("name"))
                .isEqualTo("hf");
        assertThat(json(server.call("GET", "/api/secrets/counts", "operator", null), 200)
                        .getJsonObject("counts"))
                .isEqualTo(new JsonObject().put("true", 2).put("false", 0));
        assertThat(page.encode() + next.encode() + made.body()).doesNotContain(CANARY);
        assertThat(server.call("DELETE", "/api/secrets/hf", "operator", null).statusCode())
                .isEqualTo(204);
        assertThat(server.call("GET", "/api/secrets/hf", "operator", null).statusCode())
                .isEqualTo(404);
    }

    @Test
    void viewers_see_names_alone_and_change_nothing() {
        put("hf", value(CANARY));
        assertThat(json(server.call("GET", "/api/secrets/hf", "viewer", null), 200))
                .isEqualTo(new JsonObject().put("name", "hf"));
        assertThat(json(server.call("GET", "/api/secrets", "viewer", null), 200).getJsonArray("items"))
                .isEqualTo(new JsonArray().add(new JsonObject().put("name", "hf")));
        assertThat(server.call("GET", "/api/secrets/counts", "viewer", null).statusCode())
                .isEqualTo(403);
        assertThat(server.call("PUT", "/api/secrets/hf", "viewer", value("x")).statusCode())
                .isEqualTo(403);
        assertThat(server.call("DELETE", "/api/secrets/hf", "viewer", null).statusCode())
                .isEqualTo(403);
        assertThat(server.call("GET", "/api/secrets", null, null).statusCode()).isEqualTo(401);
    }

    @Test
    void what_is_wrong_is_named_and_the_value_is_not_repeated() {
        String large = CANARY + "x".repeat(65_536);
        String bytes = CANARY + "\u00e4".repeat(40_000);
        for (String body : List.of(
                value(large),
                value(bytes),
                "{\"value\":\"" + CANARY + "\\ud800\"}",
                "{\"value\":[\"" + CANARY + "\"]}",
                "{\"value\":\"\"}",
                "{\"value\":\"" + CANARY + "\",\"value\":\"" + CANARY + "\"}",
                "{\"value\":" + CANARY.replace("-", "") + "}",
                "{\"value\":\"" + CANARY + "\",\"Value\":\"" + CANARY + "\"}",
                "{\"value\":\"" + CANARY,
                "{\"description\":\"" + CANARY + "\"}",
                "\"" + CANARY + "\"")) {
            HttpResponse<String> refused = put("hf", body);
            assertThat(refused.statusCode()).as(refused.body()).isIn(400, 422);
            assertThat(refused.body()).doesNotContain(CANARY, CANARY.replace("-", ""));
        }
        assertThat(put("hf", value(bytes)).body()).contains("/value", "65536");
        for (String name : List.of("counts", ".hidden", "a%2Fb", "x".repeat(64), "%C3%A4", "a%20b")) {
            HttpResponse<String> refused = put(name, value(CANARY));
            assertThat(refused.statusCode()).as(name + refused.body()).isIn(400, 404, 405);
        }
        assertThat(json(server.call("GET", "/api/secrets", "operator", null), 200)
                        .getInteger("totalSize"))
                .isZero();
        assertThat(json(put("x".repeat(63), value("y".repeat(65_536))), 201).getString("name"))
                .hasSize(63);
    }
}
