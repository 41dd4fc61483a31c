package io.aiwm;

import static io.aiwm.testing.BatchController.MODEL;
import static io.aiwm.testing.BatchController.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmProcess;
import io.aiwm.testing.BatchController;
import io.aiwm.testing.CountingEngine;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The limits of a key over a controller and a proxy, each a JVM of its own, also when one of them is killed. */
@Timeout(300)
class GatewayLimitsIT {
    private static final String NODE = "node-limited";
    private static final int TOKENS_OF_A_CALL = CountingEngine.PROMPT_TOKENS + CountingEngine.COMPLETION_TOKENS;
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @TempDir
    static Path folder;

    private static BatchController controller;
    private static AiwmProcess proxy;
    private static String ofController;
    private static String ofProxy;

    @BeforeAll
    static void start() {
        controller = new BatchController(folder.resolve("controller"));
        var node = new JsonObject().put("id", NODE).put("role", "proxy");
        controller.api.expect(201, controller.api.post("/api/nodes", node));
        var wanted = new JsonObject().put("description", "test");
        JsonObject token = controller.api.expect(201, controller.api.post("/api/nodes/" + NODE + "/token", wanted));
        int port = AiwmProcess.freePort();
        proxy = AiwmProcess.of("worker", folder.resolve("proxy"))
                .with("CONTROLLER_WS_URL", "ws://127.0.0.1:" + controller.process.port() + "/ws/node")
                .with("NODE_ID", NODE)
                .with("NODE_TOKEN", token.getString("token"))
                .with("AIWM_WORKER_ROLE", "proxy")
                .with("AIWM_WORKER_DOCKER_ENABLED", false)
                .with("AIWM_WORKER_PROXY_PORT", port)
                .with("AIWM_INFERENCE_INTERNAL_ENDPOINTS", "true")
                .startAndWait();
        ofController = controller.api.url("");
        ofProxy = "http://127.0.0.1:" + port;
    }

    @AfterAll
    static void stop() {
        proxy.close();
        controller.close();
    }

    private static CompletableFuture<HttpResponse<String>> call(String gateway, String key, int maxTokens) {
        var message = new JsonObject().put("role", "user").put("content", "Hi");
        var body = new JsonObject().put("model", MODEL).put("messages", new JsonArray().add(message));
        if (maxTokens > 0) {
            body.put("max_tokens", maxTokens);
        }
        return HTTP.sendAsync(
                HttpRequest.newBuilder(URI.create(gateway + "/v1/chat/completions"))
                        .timeout(SOON)
                        .header("Authorization", "Bearer " + key)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** One that takes nothing of any limit, and finds both gateways up to date. */
    private static void untilBothKnow(String key) {
        for (String gateway : List.of(ofController, ofProxy)) {
            await().atMost(SOON)
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .until(() -> models(gateway, key).body().contains(MODEL));
        }
    }

    private static HttpResponse<String> models(String gateway, String key) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(gateway + "/v1/models"))
                .timeout(Duration.ofSeconds(5))
                .header("Authorization", "Bearer " + key)
                .build();
        return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static JsonObject usage(String name) {
        String id =
                controller
                        .api
                        .expect(200, controller.api.get("/api/api-keys?pageSize=100"))
                        .getJsonArray("items")
                        .stream()
                        .map(JsonObject.class::cast)
                        .filter(one -> one.getString("name").equals(name))
                        .map(one -> one.getString("id"))
                        .findFirst()
                        .orElseThrow();
        return controller.api.expect(200, controller.api.get("/api/usage?groupBy=key")).getJsonArray("items").stream()
                .map(JsonObject.class::cast)
                .filter(one -> id.equals(one.getString("key")))
                .findFirst()
                .orElse(new JsonObject());
    }

    @Test
    void twenty_requests_a_minute_are_twenty_over_both_gateways_and_counted_once() {
        String key = controller.key("minute", new JsonObject().put("requestsPerMinute", 20));
        untilBothKnow(key);
        // all within one minute of the clock
        await().atMost(SOON).until(() -> System.currentTimeMillis() % 60_000 < 40_000);
        var answers = new ArrayList<HttpResponse<String>>();
        for (int i = 0; i < 30; i++) {
            answers.add(call(i % 2 == 0 ? ofController : ofProxy, key, 0).join());
        }
        assertThat(answers.stream().filter(each -> each.statusCode() == 200))
                .as(answers.get(1).body())
                .hasSize(20);
        var refused = answers.stream().filter(each -> each.statusCode() != 200).toList();
        assertThat(refused).hasSize(10).allSatisfy(each -> {
            assertThat(each.statusCode()).isEqualTo(429);
            assertThat(each.body()).contains("rate_limit_exceeded", "20 requests per minute");
            var headers = each.headers();
            assertThat(headers.firstValueAsLong("Retry-After").orElseThrow()).isBetween(1L, 60L);
            assertThat(headers.firstValueAsLong("RateLimit-Limit")).hasValue(20);
            assertThat(headers.firstValueAsLong("RateLimit-Remaining")).hasValue(0);
            assertThat(headers.firstValueAsLong("RateLimit-Reset").orElseThrow())
                    .isBetween(1L, 60L);
            assertThat(headers.firstValueAsLong("x-ratelimit-limit-requests")).hasValue(20);
            assertThat(headers.firstValueAsLong("x-ratelimit-remaining-requests"))
                    .hasValue(0);
        });
        await().atMost(SOON).untilAsserted(() -> {
            JsonObject counted = usage("minute");
            assertThat(counted.getInteger("calls")).as(counted.encode()).isEqualTo(30);
            assertThat(counted.getInteger("errors")).isEqualTo(10);
            assertThat(counted.getInteger("totalTokens")).isEqualTo(20 * TOKENS_OF_A_CALL);
        });
    }

    /** Forty calls with an estimate of more than 256 tokens each are more than half of the budget. */
    private static void leaseHalf(String gateway, String key) {
        int before = controller.engine.calls();
        controller.engine.answers(20);
        var calls = new ArrayList<CompletableFuture<HttpResponse<String>>>();
        for (int i = 0; i < 40; i++) {
            calls.add(call(gateway, key, 0));
        }
        await().atMost(SOON).until(() -> controller.engine.calls() - before == 40);
        await().atMost(SOON)
                .until(() -> calls.stream().filter(CompletableFuture::isDone).count() == 20);
        assertThat(calls.stream().filter(CompletableFuture::isDone))
                .allMatch(each -> each.join().statusCode() == 200);
    }

    private static void killed(AiwmProcess process, String gateway, String name) {
        var budget = new JsonObject().put("tokens", 20_000).put("period", "MONTH");
        String key = controller.key(name, new JsonObject().put("budget", budget));
        untilBothKnow(key);
        leaseHalf(gateway, key);
        process.kill9();
        controller.engine.release();
        process.startAndWait();
        untilBothKnow(key);
        HttpResponse<String> rest = call(gateway, key, 19_000).join();
        assertThat(rest.statusCode()).as(rest.body()).isEqualTo(200);
        HttpResponse<String> whole = call(gateway, key, 20_000).join();
        assertThat(whole.statusCode()).as(whole.body()).isEqualTo(429);
        assertThat(whole.body()).contains("insufficient_quota");
    }

    @Test
    void what_a_proxy_had_leased_of_a_budget_comes_back_when_it_is_killed_and_started() {
        killed(proxy, ofProxy, "proxy-killed");
    }

    @Test
    void what_a_controller_had_leased_of_a_budget_comes_back_when_it_is_killed_and_started() {
        killed(controller.process, ofController, "controller-killed");
    }
}
