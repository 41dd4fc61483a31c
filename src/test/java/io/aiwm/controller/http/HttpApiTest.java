package io.aiwm.controller.http;

import static io.aiwm.controller.http.Problems.problem;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Requests of the API: what is checked, how problems look, and what is open to everybody. */
class HttpApiTest extends HttpApiRig {
    private static List<String> pointers(JsonObject problem) {
        return problem.getJsonArray("errors").stream()
                .map(error -> ((JsonObject) error).getString("pointer"))
                .toList();
    }

    @Test
    void every_wrong_field_is_named_at_once_and_nothing_is_made() {
        int before = server.things.made.get();
        var problem = problem(
                server.call(
                        "POST",
                        "/api/things",
                        "operator",
                        "{\"nme\":\"a\",\"size\":-1,\"parts\":[{\"kind\":\"z\"},{\"a/b\":1}]}"),
                400,
                "invalid-request");
        assertThat(pointers(problem))
                .containsExactlyInAnyOrder("/name", "/nme", "/size", "/parts/0/kind", "/parts/1/kind", "/parts/1/a~1b");
        assertThat(problem.getBoolean("retryable")).isFalse();
        assertThat(server.things.made).hasValue(before);
    }

    @Test
    void parameters_are_held_against_the_contract() {
        assertThat(pointers(problem(
                        server.call("GET", "/api/things?pageSize=-1&page_size=3&status=up&status=odd", "viewer", null),
                        400,
                        "invalid-request")))
                .containsExactlyInAnyOrder("query:pageSize", "query:page_size", "query:status");
        problem(server.call("GET", "/api/things?pageSize=many", "viewer", null), 400, "invalid-request");
        problem(server.call("GET", "/api/things?pageSize=1&pageSize=2", "viewer", null), 400, "invalid-request");
        problem(server.call("GET", "/api/things/..%2f..%2fetc", "viewer", null), 400, "invalid-request");
        var answer = server.call("GET", "/api/things?pageSize=5000&status=up&status=down", "viewer", null);
        assertThat(new JsonObject(answer.body()).encode())
                .isEqualTo("{\"items\":[\"1000 [up, down]\"],\"nextPageToken\":\"next\",\"totalSize\":7}");
    }

    @Test
    void unknown_paths_methods_and_formats_are_told_apart() {
        problem(server.call("GET", "/api/nothing", "viewer", null), 404, "not-found");
        problem(server.call("GET", "/nothing", null, null), 404, "not-found");
        problem(server.call("GET", "/api/things/zzz", "viewer", null), 404, "not-found");
        var answer = server.call("PATCH", "/api/things", "viewer", "{}");
        problem(answer, 405, "method-not-allowed");
        assertThat(answer.headers().firstValue("Allow")).hasValue("GET, POST");
        problem(
                server.call("POST", "/api/things", "operator", "name=a", "Content-Type", "text/plain"),
                415,
                "unsupported-media-type");
    }

    @Test
    void a_caller_without_a_good_token_is_asked_who_it_is() {
        var none = server.call("GET", "/api/things", null, null);
        problem(none, 401, "unauthenticated");
        assertThat(none.headers().firstValue("WWW-Authenticate")).hasValue("Bearer realm=\"aiwm\"");
        var expired = server.call("GET", "/api/things", "old", null);
        problem(expired, 401, "unauthenticated");
        assertThat(expired.headers().firstValue("WWW-Authenticate").orElseThrow())
                .contains("invalid_token");
        problem(server.call("GET", "/api/things", "node", null), 403, "forbidden");
    }

    @Test
    void what_breaks_inside_is_not_told_outside() {
        var problem = problem(server.call("GET", "/api/things/boom", "viewer", null), 500, "internal");
        assertThat(problem.encode())
                .doesNotContain("jdbc")
                .doesNotContain("Exception")
                .doesNotContain("home");
        var away = server.call("GET", "/api/things/away", "viewer", null);
        assertThat(problem(away, 503, "unavailable").encode()).doesNotContain("aiwm.node");
        assertThat(away.headers().firstValue("Retry-After")).isPresent();
        var busy = server.call("GET", "/api/things/busy", "viewer", null);
        assertThat(problem(busy, 429, "limited").getBoolean("retryable")).isTrue();
        assertThat(busy.headers().firstValue("Retry-After")).isPresent();
    }

    @Test
    void a_record_is_changed_only_as_it_was_seen() {
        var seen = server.call("GET", "/api/things/a", "viewer", null);
        assertThat(seen.headers().firstValue("ETag")).hasValue("\"3\"");
        assertThat(server.call("GET", "/api/things/a", "viewer", null, "If-None-Match", "\"3\"")
                        .statusCode())
                .isEqualTo(304);
        problem(server.call("DELETE", "/api/things/a", "admin", null, "If-Match", "\"2\""), 412, "precondition-failed");
        problem(server.call("DELETE", "/api/things/a", "admin", null, "If-Match", "abc"), 400, "invalid-request");
        assertThat(server.call("DELETE", "/api/things/a", "admin", null, "If-Match", "\"3\"")
                        .statusCode())
                .isEqualTo(204);
    }

    @Test
    void a_request_keeps_the_name_its_caller_gave_it() {
        var answer = server.call("GET", "/api/things/a", "viewer", null, "X-Request-Id", "mine-1");
        assertThat(answer.headers().firstValue("X-Request-Id")).hasValue("mine-1");
        assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
        var odd = server.call("GET", "/api/things/a", "viewer", null, "X-Request-Id", "<b>");
        assertThat(odd.headers().firstValue("X-Request-Id").orElseThrow()).startsWith("req_");
    }

    @Test
    void a_check_of_tokens_that_breaks_is_answered_too() {
        try (var broken = new TestServer(List.of(), token -> {
            throw new IllegalStateException("secret");
        })) {
            problem(broken.call("GET", "/api/things", "viewer", null), 500, "internal");
            assertThat(broken.call("GET", "/api/health", "viewer", null).statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void pages_of_other_origins_get_in_only_when_named() {
        var friend = server.call("OPTIONS", "/api/things", null, null, "Origin", "https://friend.example");
        assertThat(friend.statusCode()).isEqualTo(204);
        assertThat(friend.headers().firstValue("Access-Control-Allow-Origin")).hasValue("https://friend.example");
        assertThat(friend.headers().firstValue("Access-Control-Allow-Methods")).hasValue("GET, POST");
        var stranger = server.call("GET", "/api/things", "viewer", null, "Origin", "https://evil.example");
        assertThat(stranger.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
    }

    @Test
    void signing_in_gives_a_token() {
        var right = "{\"username\":\"admin\",\"password\":\"" + TestServer.PASSWORD + "\"}";
        var answer = new JsonObject(
                server.call("POST", "/api/auth/login", null, right).body());
        assertThat(answer.getString("tokenType")).isEqualTo("Bearer");
        assertThat(answer.getLong("expiresIn")).isEqualTo(3_600);
        String token = answer.getString("accessToken");
        assertThat(new JsonObject(
                                server.call("GET", "/api/auth/me", token, null).body())
                        .getString("role"))
                .isEqualTo("ADMIN");
        String wrong = "{\"username\":\"eve\",\"password\":\"guess\"}";
        problem(server.call("POST", "/api/auth/login", null, wrong), 401, "unauthenticated");
    }

    @Test
    void health_is_open_and_keeps_its_details_to_itself() {
        for (String path : List.of(
                "/api/health",
                "/api/health/live",
                "/api/health/ready",
                "/health/live",
                "/health/ready",
                "/health/started")) {
            var answer = server.call("GET", path, null, null);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).contains("UP").doesNotContain("secret");
            assertThat(server.call("HEAD", path, null, null).body()).isEmpty();
        }
        assertThat(server.call("GET", "/api/health", "viewer", null).body()).contains("secret");
    }

    @Test
    void the_contract_and_what_problems_mean_can_be_read() {
        var document = new JsonObject(
                server.call("GET", "/api-docs/openapi.json", null, null).body());
        assertThat(document.getString("openapi")).isEqualTo("3.1.0");
        assertThat(server.call("GET", "/api-docs/openapi.yaml", null, null).body())
                .contains("openapi: ");
        for (ProblemType type : ProblemType.values()) {
            assertThat(server.call("GET", "/api-docs/problems/" + type.slug(), null, null)
                            .body())
                    .contains(type.title);
        }
        assertThat(server.call("GET", "/api-docs/swagger-ui-bundle.js", null, null)
                        .statusCode())
                .isEqualTo(200);
        problem(server.call("GET", "/api-docs/../../etc/passwd", null, null), 404, "not-found");
    }

    @Test
    void worker_sockets_go_to_the_gateway() {
        assertThat(server.call("GET", "/ws/node", null, null).statusCode()).isEqualTo(418);
    }
}
