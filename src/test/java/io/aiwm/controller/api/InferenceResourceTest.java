package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.controller.http.ReadYourWrites;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.inference.Aliases;
import io.aiwm.controller.inference.CallableUsers;
import io.aiwm.controller.inference.Endpoints;
import io.aiwm.controller.inference.InUseCheck;
import io.aiwm.controller.secret.SecretCipher;
import io.aiwm.controller.secret.StoredSecrets;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.aiwm.inference.route.GatewayConfig;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Aliases and endpoints of the inference gateway over REST. */
@Timeout(60)
class InferenceResourceTest {
    private static final String ALIASES = "/api/inference/aliases";
    private static final String ENDPOINTS = "/api/inference/endpoints";

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private SqliteStore store;
    private TestServer server;
    private final AtomicInteger followed = new AtomicInteger();
    private GatewayConfig config = GatewayConfig.EMPTY;

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("aiwm.db"), Config.Storage.Sync.NORMAL);
        store.open(List.of(StoredSecrets.COLLECTION, Aliases.COLLECTION, Endpoints.COLLECTION))
                .await();
        var clock = InstantSource.system();
        var secrets = new StoredSecrets(vertx, store, clock, new SecretCipher(new byte[32], List.of()));
        var inUse = new InUseCheck(() -> config);
        inUse.usedBy(() -> Future.succeededFuture(List.of(
                new CallableUsers.User("agent helper", "chat", null),
                new CallableUsers.User("agent other", "far", null))));
        server = new TestServer(List.of(
                new SecretResource(secrets),
                new ReadYourWrites(
                        new InferenceAliasResource(new Aliases(store, clock), "qwen"::equals, inUse), this::follow),
                new InferenceEndpointResource(new Endpoints(vertx, store, secrets, clock, false), Map::of, inUse)));
    }

    private Future<Void> follow() {
        Promise<Void> done = Promise.promise();
        vertx.setTimer(20, later -> {
            followed.incrementAndGet();
            done.fail("the answer is the same");
        });
        return done.future();
    }

    @Test
    void a_change_is_answered_after_what_follows_it_and_a_look_or_a_refusal_is_not() {
        json(put(ALIASES + "/chat", to("far")), 201);
        assertThat(followed).hasValue(1);
        json(server.call("GET", ALIASES + "/chat", "operator", null), 200);
        json(put(ALIASES + "/chat", to("chat")), 422);
        assertThat(followed).hasValue(1);
        assertThat(server.call("DELETE", ALIASES + "/chat", "operator", null).statusCode())
                .isEqualTo(204);
        assertThat(followed).hasValue(2);
    }

    @AfterEach
    void close() {
        server.close();
        store.close().await();
        vertx.close().await();
    }

    private String refused(String method, String path, String body) {
        JsonObject problem = json(server.call(method, path, "operator", body), 409);
        return problem.getJsonArray("errors").getJsonObject(0).getString("detail");
    }

    @Test
    void what_agents_use_is_not_deleted_unless_it_is_said_so() {
        json(put(ENDPOINTS + "/far", "{\"baseUrl\":\"https://203.0.113.1/v1\"}"), 201);
        json(put(ALIASES + "/chat", to("far")), 201);
        config = new GatewayConfig(
                1,
                null,
                List.of(new GatewayConfig.External("end_1", "far", "https://203.0.113.1/v1", null, null, 0)),
                List.of(new GatewayConfig.Alias("chat", List.of(new GatewayConfig.Weighted("far", 1)), null)),
                null,
                null);
        assertThat(refused("DELETE", ENDPOINTS + "/far", null)).isEqualTo("in use by agent helper, agent other");
        assertThat(refused("DELETE", ALIASES + "/chat", null)).isEqualTo("in use by agent helper");
        assertThat(refused("PUT", ALIASES, "{}")).isEqualTo("in use by agent helper");
        assertThat(server.call("PUT", ALIASES, "operator", "{\"chat\":[{\"to\":\"far\",\"weight\":2}]}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(server.call("DELETE", ALIASES + "/chat?force=true", "operator", null)
                        .statusCode())
                .isEqualTo(204);
        assertThat(server.call("DELETE", ENDPOINTS + "/far?force=true", "operator", null)
                        .statusCode())
                .isEqualTo(204);
    }

    private HttpResponse<String> put(String path, String body, String... headers) {
        return server.call("PUT", path, "operator", body, headers);
    }

    private JsonObject get(String path) {
        return json(server.call("GET", path, "viewer", null), 200);
    }

    private static JsonObject json(HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return new JsonObject(answer.body());
    }

    private static String to(String... names) {
        var targets = new JsonArray();
        for (String name : names) {
            targets.add(new JsonObject().put("to", name).put("weight", 1));
        }
        return new JsonObject().put("targets", targets).encode();
    }

    private static String names(JsonObject page) {
        return page.getJsonArray("items").stream()
                .map(one -> ((JsonObject) one).getString("name"))
                .toList()
                .toString();
    }

    @Test
    void an_alias_is_set_shown_with_what_is_missing_replaced_and_deleted() {
        HttpResponse<String> made = put(ALIASES + "/openai%2Fgpt-4o", """
            {"targets":[{"to":"qwen","weight":9},{"to":"llama","weight":1}],"fallback":["small"]}\
            """);
        JsonObject shown = json(made, 201);
        assertThat(shown.getJsonArray("unresolved")).containsExactly("llama", "small");
        assertThat(shown.getString("name")).isEqualTo("openai/gpt-4o");
        String etag = made.headers().firstValue("ETag").orElseThrow();
        assertThat(get(ALIASES + "/openai%2Fgpt-4o")).isEqualTo(shown);
        put(ALIASES + "/other", to("qwen"));
        JsonObject again = json(put(ALIASES + "/openai%2Fgpt-4o", to("qwen"), "If-Match", etag), 200);
        assertThat(again.containsKey("unresolved")).isFalse();
        assertThat(put(ALIASES + "/openai%2Fgpt-4o", to("llama"), "If-Match", etag)
                        .statusCode())
                .isEqualTo(412);
        assertThat(server.call("DELETE", ALIASES + "/openai%2Fgpt-4o", "operator", null, "If-Match", etag)
                        .statusCode())
                .isEqualTo(412);
        assertThat(server.call("DELETE", ALIASES + "/openai%2Fgpt-4o", "operator", null)
                        .statusCode())
                .isEqualTo(204);
        for (String method : List.of("GET", "DELETE")) {
            assertThat(server.call(method, ALIASES + "/openai%2Fgpt-4o", "operator", null)
                            .statusCode())
                    .isEqualTo(404);
        }
        assertThat(names(get(ALIASES))).isEqualTo("[other]");
    }

    @Test
    void a_list_has_pages_by_name() {
        for (String name : List.of("b", "a", "c")) {
            json(put(ALIASES + "/" + name, to("qwen")), 201);
        }
        JsonObject first = get(ALIASES + "?pageSize=2");
        assertThat(names(first)).isEqualTo("[a, b]");
        assertThat(first.getInteger("totalSize")).isEqualTo(3);
        JsonObject second = get(ALIASES + "?pageSize=2&pageToken=" + first.getString("nextPageToken"));
        assertThat(names(second)).isEqualTo("[c]");
        assertThat(second.containsKey("nextPageToken")).isFalse();
        assertThat(server.call("GET", ALIASES + "?pageToken=eA", "viewer", null).statusCode())
                .isEqualTo(400);
    }

    @Test
    void all_aliases_are_replaced_at_once_or_not_at_all() {
        put(ALIASES + "/old", to("qwen"));
        HttpResponse<String> put = put(ALIASES, """
            {"gpt-4o-mini":[{"to":"qwen","weight":9},{"to":"llama","weight":1}],
             "own":{"targets":[{"to":"llama","weight":1}]},"fallback":["small"]}\
            """);
        JsonObject all = json(put, 200);
        assertThat(names(all)).isEqualTo("[gpt-4o-mini, own]");
        assertThat(all.getJsonArray("items").getJsonObject(0).getJsonArray("fallback"))
                .containsExactly("small");
        assertThat(all.getJsonArray("items").getJsonObject(1).getJsonArray("fallback"))
                .isEmpty();
        String etag = put.headers().firstValue("ETag").orElseThrow();
        put(ALIASES + "/more", to("qwen"));
        assertThat(put(ALIASES, "{\"x\":[{\"to\":\"qwen\",\"weight\":1}]}", "If-Match", etag)
                        .statusCode())
                .isEqualTo(412);
        for (String wrong : List.of(
                "{\"x\":[{\"to\":\"y\",\"weight\":1}],\"y\":[{\"to\":\"x\",\"weight\":1}]}",
                "{\"x y\":[{\"to\":\"qwen\",\"weight\":1}]}",
                "{\"x\":[{\"to\":\"qwen\",\"weight\":1},{\"to\":\"qwen\",\"weight\":1}]}")) {
            assertThat(put(ALIASES, wrong).statusCode()).as(wrong).isEqualTo(422);
        }
        assertThat(names(get(ALIASES))).isEqualTo("[gpt-4o-mini, more, own]");
        json(put(ALIASES, "{}"), 200);
        assertThat(names(get(ALIASES))).isEqualTo("[]");
    }

    @Test
    void what_is_wrong_with_an_alias_is_named() {
        put(ALIASES + "/a", to("b"));
        put(ALIASES + "/b", to("c"));
        assertThat(json(put(ALIASES + "/c", to("qwen", "a")), 422).getString("detail"))
                .contains("/targets", "a -> b -> c -> a");
        assertThat(json(put(ALIASES + "/a", to("a")), 422).getString("detail")).contains("/targets/0/to");
        put(ALIASES + "/c", to("d"));
        put(ALIASES + "/d", to("qwen"));
        assertThat(json(put(ALIASES + "/e", to("a")), 422).getString("detail")).contains("levels");
        for (String body : List.of(
                "{}",
                "{\"targets\":[]}",
                "{\"targets\":[{\"to\":\"x\"}]}",
                "{\"targets\":[{\"to\":\"x\",\"weight\":0}]}",
                "{\"targets\":[{\"to\":\"x y\",\"weight\":1}]}",
                "{\"targets\":[{\"to\":\"x\",\"weight\":1}],\"more\":1}")) {
            assertThat(put(ALIASES + "/x", body).statusCode()).as(body).isEqualTo(400);
        }
        for (String name : List.of("fallback", "-x", "x@1", "a%20b", "x".repeat(129))) {
            assertThat(put(ALIASES + "/" + name, to("qwen")).statusCode())
                    .as(name)
                    .isEqualTo(400);
        }
        assertThat(server.call("PUT", ALIASES + "/x", "viewer", to("qwen")).statusCode())
                .isEqualTo(403);
    }

    @Test
    void an_endpoint_is_set_with_a_secret_that_then_stays() {
        String cloud = "{\"baseUrl\":\"https://93.184.216.34/v1/\",\"authorization\":{\"secret\":\"openai\"},"
                + "\"upstreamModel\":\"large\",\"concurrency\":4}";
        assertThat(json(put(ENDPOINTS + "/cloud", cloud), 422).getString("detail"))
                .contains("/authorization", "openai");
        put("/api/secrets/openai", "{\"value\":\"canary-1\"}");
        JsonObject made = json(put(ENDPOINTS + "/cloud", cloud), 201);
        assertThat(made.getString("baseUrl")).isEqualTo("https://93.184.216.34/v1");
        assertThat(made.getBoolean("usable")).isTrue();
        assertThat(made.encode()).doesNotContain("canary");
        assertThat(get(ENDPOINTS).getJsonArray("items").getJsonObject(0)).isEqualTo(made);
        HttpResponse<String> kept = server.call("DELETE", "/api/secrets/openai", "operator", null);
        assertThat(kept.statusCode()).isEqualTo(409);
        assertThat(kept.body()).contains("endpoint cloud");
        JsonObject open =
                json(put(ENDPOINTS + "/cloud", "{\"baseUrl\":\"https://93.184.216.34/v1\"}", "If-Match", "\"1\""), 200);
        assertThat(open.fieldNames()).doesNotContain("authorization", "upstreamModel");
        assertThat(put(ENDPOINTS + "/cloud", cloud, "If-Match", "\"1\"").statusCode())
                .isEqualTo(412);
        assertThat(server.call("DELETE", "/api/secrets/openai", "operator", null)
                        .statusCode())
                .isEqualTo(204);
        assertThat(server.call("DELETE", ENDPOINTS + "/cloud", "operator", null).statusCode())
                .isEqualTo(204);
        assertThat(server.call("GET", ENDPOINTS + "/cloud", "viewer", null).statusCode())
                .isEqualTo(404);
    }

    @Test
    void endpoints_with_internal_addresses_and_broken_urls_are_refused() {
        for (String url : List.of(
                "http://127.0.0.1:8080/v1",
                "http://localhost/v1",
                "http://10.0.0.1/v1",
                "http://169.254.169.254/latest",
                "http://[::1]/v1",
                "http://[::ffff:10.0.0.1]/v1",
                "http://2130706433/v1",
                "ftp://93.184.216.34/v1",
                "https://user:pass@93.184.216.34/v1",
                "https://93.184.216.34/v1?key=canary",
                "https://93.184.216.34/v1#x",
                "/v1")) {
            HttpResponse<String> refused =
                    put(ENDPOINTS + "/x", new JsonObject().put("baseUrl", url).encode());
            assertThat(refused.statusCode()).as(url + refused.body()).isEqualTo(422);
            assertThat(refused.body()).contains("/baseUrl");
        }
        assertThat(get(ENDPOINTS).getInteger("totalSize")).isZero();
    }
}
