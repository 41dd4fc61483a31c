package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.inference.route.GatewayConfig;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Aliases of the inference gateway over REST, and who uses them. */
class InferenceResourceTest extends InferenceApiRig {
    private static final String ALIASES = "/api/inference/aliases";

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
}
