package io.aiwm.inference;

import static io.aiwm.inference.ScriptedUpstream.ANSWER;
import static io.aiwm.inference.ScriptedUpstream.USAGE_CHUNK;
import static io.aiwm.inference.ScriptedUpstream.chunk;
import static io.aiwm.inference.ScriptedUpstream.replica;
import static io.aiwm.inference.TestGateway.BODY;
import static io.aiwm.inference.TestGateway.STREAM;
import static io.aiwm.inference.TestGateway.deployed;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.inference.limit.KeyLimits;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.usage.CallUsage;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class GatewayCallsTest extends WithGateway {
    @Test
    void the_callers_bytes_reach_the_engine_with_its_name_of_the_model_and_the_answers_bytes_return() throws Exception {
        String odd = "{ \"x_unknown\" : [1, 2.50,\"\\u00e9\"] ,\"model\"\n:\"tiny\",\"messages\":[] , \"z\":{}}";

        HttpResponse<String> answer = gateway.chat(odd);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(ANSWER);
        assertThat(answer.headers().firstValue("X-AIWM-Node")).contains("node_r1");
        assertThat(answer.headers().firstValue("X-AIWM-Overhead-Ms"))
                .get()
                .asString()
                .matches("\\d+\\.\\d\\d");
        assertThat(answer.headers().firstValue("RateLimit-Limit")).contains("100");
        assertThat(answer.headers().firstValue("X-Request-Id")).get().asString().startsWith("req_");
        ScriptedUpstream.Seen seen = gateway.upstream.next();
        assertThat(seen.uri()).isEqualTo("/v1/chat/completions");
        assertThat(seen.body().toString()).isEqualTo(odd.replace("\"tiny\"", "\"engine-tiny\""));
        CallUsage usage = gateway.usage();
        assertThat(usage.promptTokens()).isEqualTo(7);
        assertThat(usage.completionTokens()).isEqualTo(3);
        assertThat(usage.status()).isEqualTo(200);
        assertThat(usage.deploymentId()).isEqualTo("dep_1");
        assertThat(usage.replicaId()).isEqualTo("r1");
        assertThat(usage.model()).isEqualTo("tiny");
        assertThat(gateway.settledTokens).hasValue(10);
    }

    @Test
    void each_operation_is_passed_on_to_its_own_path() throws Exception {
        for (String path : List.of(
                "/v1/completions", "/v1/embeddings", "/v1/rerank", "/v1/images/generations", "/v1/chat/completions")) {
            assertThat(gateway.post(path, BODY).statusCode()).isEqualTo(200);
            assertThat(gateway.upstream.next().uri()).isEqualTo(path);
            assertThat(gateway.usage().operation()).isEqualTo(path.substring(4));
        }
    }

    @Test
    void a_stream_has_no_usage_chunk_that_was_not_asked_for_and_is_counted() throws Exception {
        gateway.upstream.streams(chunk("a"), chunk("b"), USAGE_CHUNK, "[DONE]");

        HttpResponse<String> answer = gateway.chat(STREAM);

        assertThat(answer.headers().firstValue("Content-Type")).contains("text/event-stream; charset=utf-8");
        assertThat(answer.body()).isEqualTo("data: " + chunk("a") + "\n\ndata: " + chunk("b") + "\n\ndata: [DONE]\n\n");
        assertThat(gateway.upstream.next().body().toJsonObject().getJsonObject("stream_options"))
                .isEqualTo(new JsonObject().put("include_usage", true));
        CallUsage usage = gateway.usage();
        assertThat(usage.promptTokens()).isEqualTo(7);
        assertThat(usage.completionTokens()).isEqualTo(2);
        assertThat(usage.streamed()).isTrue();
    }

    @Test
    void the_usage_chunk_stays_where_it_was_asked_for() throws Exception {
        gateway.upstream.streams(chunk("a"), USAGE_CHUNK, "[DONE]");
        String asked = STREAM.replace("\"stream\":true", "\"stream\":true,\"stream_options\":{\"include_usage\":true}");

        assertThat(gateway.chat(asked).body()).contains(USAGE_CHUNK);
        assertThat(gateway.usage().completionTokens()).isEqualTo(2);
    }

    @Test
    void an_event_leaves_when_it_comes_and_not_with_the_next() throws Exception {
        var waiting = new CompletableFuture<HttpServerResponse>();
        gateway.upstream.does(response -> {
            ScriptedUpstream.begin(response);
            response.write("data: " + chunk("first") + "\n\n");
            waiting.complete(response);
        });
        HttpResponse<InputStream> answer = gateway.client.send(
                gateway.request("/v1/chat/completions")
                        .POST(HttpRequest.BodyPublishers.ofString(STREAM))
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
        String first = "data: " + chunk("first") + "\n\n";

        assertThat(new String(answer.body().readNBytes(first.length()), java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo(first);
        waiting.get(5, TimeUnit.SECONDS).end("data: [DONE]\n\n");
        assertThat(answer.body().readAllBytes())
                .isEqualTo("data: [DONE]\n\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertThat(gateway.usage().completionTokens()).isEqualTo(1);
    }

    @Test
    void what_the_engine_takes_to_begin_is_no_overhead() throws Exception {
        gateway.chat(BODY); // classes are loaded
        gateway.usage();
        gateway.upstream.does(response -> {
            ScriptedUpstream.begin(response);
            response.writeHead();
            gateway.vertx.setTimer(500, id -> response.end("data: [DONE]\n\n"));
        });
        HttpResponse<String> answer = gateway.chat(STREAM);
        assertThat(Double.parseDouble(
                        answer.headers().firstValue("X-AIWM-Overhead-Ms").orElseThrow()))
                .isLessThan(400);
        assertThat(gateway.usage().firstTokenMillis()).isGreaterThanOrEqualTo(490);
    }

    @Test
    void mistakes_are_told_in_openais_form() throws Exception {
        expect(gateway.chat("{\"model\":"), 400, null, null);
        expect(gateway.chat("[]"), 400, null, null);
        expect(gateway.chat("{\"messages\":[]}"), 400, null, "model");
        expect(gateway.chat("{\"model\":\"tiny\",\"model\":\"tiny\"}"), 400, null, "model");
        expect(gateway.chat("{\"model\":\"tiny\",\"stream\":1}"), 400, null, "stream");
        expect(gateway.chat(BODY.replace("tiny", "nobody")), 404, "model_not_found", "model");
        expect(gateway.chat("[".repeat(100_000)), 400, null, null);
        expect(gateway.chat("{\"model\":\"tiny\",\"x\":" + "[".repeat(1_000)), 400, null, null);
        expect(gateway.chat(BODY + " ".repeat(1 << 20)), 413, "request_too_large", null);
        gateway.told.clear();
        expect(gateway.get("/v1/chat/completions"), 405, "method_not_allowed", null);
        expect(gateway.get("/v1/nothing"), 404, "unknown_url", null);
        expect(gateway.get("/v1/files"), 501, "not_served_here", null);
        expect(gateway.get("/v1/batches/batch_1"), 501, "not_served_here", null);
        assertThat(gateway.upstream.seen).isEmpty();
    }

    private static void expect(HttpResponse<String> answer, int status, String code, String param) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        JsonObject error = new JsonObject(answer.body()).getJsonObject("error");
        assertThat(error.getString("code")).isEqualTo(code);
        assertThat(error.getString("param")).isEqualTo(param);
        assertThat(error.getString("message")).isNotBlank();
        assertThat(error.getString("type")).isNotBlank();
    }

    @Test
    void models_are_those_that_the_key_allows() throws Exception {
        GatewayConfig.Deployed tiny = deployed("dep_1", "tiny")
                .modelName("tiny-llama")
                .modelVersion(2)
                .modelAliases(List.of("stable"))
                .replicas(List.of(gateway.upstream.replica("r1")))
                .build();
        gateway.serves(
                List.of(tiny), new GatewayConfig.Alias("fast", List.of(new GatewayConfig.Weighted("tiny", 1)), null));

        assertThat(names()).containsExactly("fast", "tiny", "tiny-llama");
        gateway.limits = new KeyLimits(List.of("tiny*"), null, null, null, null, null);
        assertThat(names()).containsExactly("tiny", "tiny-llama");
        assertThat(gateway.get("/v1/models/tiny%40stable").body()).contains("\"id\":\"tiny@stable\"");
        assertThat(gateway.get("/v1/models/fast").statusCode()).isEqualTo(404);
        for (String name : List.of("tiny", "tiny@2", "tiny@stable", "tiny-llama", "tiny-llama@2")) {
            assertThat(gateway.chat(BODY.replace("tiny", name)).statusCode())
                    .as(name)
                    .isEqualTo(200);
            gateway.usage();
        }
        expect(gateway.chat(BODY.replace("tiny", "fast")), 403, "model_not_allowed", "model");
        CallUsage refused = gateway.usage();
        assertThat(refused.errorCode()).isEqualTo("model_not_allowed");
        assertThat(refused.model()).isEqualTo("fast");
        expect(gateway.chat(BODY.replace("tiny", "tiny@3")), 404, "model_not_found", "model");
        assertThat(gateway.usage().model()).isEqualTo("unknown");
    }

    private List<String> names() throws Exception {
        JsonArray data = new JsonObject(gateway.get("/v1/models").body()).getJsonArray("data");
        return data.stream().map(each -> ((JsonObject) each).getString("id")).toList();
    }

    @Test
    void an_alias_goes_by_its_weights_and_then_to_its_fallback() throws Exception {
        var other = new ScriptedUpstream(gateway.vertx);
        var deployments = List.of(
                deployed("dep_1", "a")
                        .replicas(List.of(gateway.upstream.replica("r1")))
                        .build(),
                deployed("dep_2", "b").replicas(List.of(other.replica("r2"))).build());
        var targets = List.of(new GatewayConfig.Weighted("a", 3), new GatewayConfig.Weighted("b", 1));
        gateway.serves(deployments, new GatewayConfig.Alias("tiny", targets, List.of()));
        for (int i = 0; i < 200; i++) {
            assertThat(gateway.chat(BODY).statusCode()).isEqualTo(200);
            gateway.usage();
        }
        // 150 on average; five standard deviations
        assertThat(gateway.upstream.seen.size()).isBetween(120, 180);
        assertThat(gateway.upstream.seen.size() + other.seen.size()).isEqualTo(200);

        var one = List.of(new GatewayConfig.Weighted("gone", 1), new GatewayConfig.Weighted("empty", 1));
        gateway.serves(
                List.of(deployments.get(1), deployed("dep_3", "empty").build()),
                new GatewayConfig.Alias("tiny", one, List.of("b")));
        assertThat(gateway.chat(BODY).statusCode()).isEqualTo(200);
        assertThat(gateway.usage().deploymentId()).isEqualTo("dep_2");
    }

    @Test
    void another_replica_is_tried_where_one_cannot_be_reached_or_is_not_ready() throws Exception {
        var busy = new ScriptedUpstream(gateway.vertx);
        busy.answers(503, "application/json", "{\"error\":{\"message\":\"loading\"}}");
        for (int i = 0; i < 20; i++) {
            // new ones each time: nothing is known of them
            gateway.serves(replica("dead" + i, 1), busy.replica("busy" + i), gateway.upstream.replica("r1-" + i));
            assertThat(gateway.chat(BODY).statusCode()).isEqualTo(200);
            assertThat(gateway.usage().replicaId()).isEqualTo("r1-" + i);
        }
        assertThat(busy.seen.size()).isPositive();
        gateway.serves(replica("dead", 1));
        expect(gateway.chat(BODY), 502, "upstream_unreachable", null);
        gateway.usage();
        gateway.serves();
        expect(gateway.chat(BODY), 503, "model_not_ready", null);
        gateway.usage();
    }

    @Test
    void a_limit_of_the_engine_is_passed_on_where_no_other_replica_is_left() throws Exception {
        gateway.upstream.does(response -> response.setStatusCode(429)
                .putHeader("Retry-After", "7")
                .putHeader("Content-Type", "application/json")
                .end("{\"error\":{\"message\":\"slow down\",\"code\":\"too_fast\"}}"));
        HttpResponse<String> answer = gateway.chat(BODY);
        expect(answer, 429, "too_fast", null);
        assertThat(answer.headers().firstValue("Retry-After")).contains("7");
        assertThat(gateway.usage().errorCode()).isEqualTo("too_fast");

        var other = new ScriptedUpstream(gateway.vertx);
        gateway.serves(gateway.upstream.replica("r1"), other.replica("r2"));
        for (int i = 0; i < 10; i++) {
            assertThat(gateway.chat(BODY).statusCode()).isEqualTo(200);
            gateway.usage();
        }
    }

    @Test
    void an_error_of_the_engine_is_not_tried_again() throws Exception {
        gateway.upstream.answers(500, "text/html", "<h1>boom</h1>");
        gateway.serves(gateway.upstream.replica("r1"), gateway.upstream.replica("r2"));
        expect(gateway.chat(BODY), 500, "upstream_error", null);
        assertThat(gateway.upstream.seen).hasSize(1);
        assertThat(gateway.usage().status()).isEqualTo(500);
    }
}
