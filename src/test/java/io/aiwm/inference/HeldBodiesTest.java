package io.aiwm.inference;

import static io.aiwm.inference.TestGateway.BODY;
import static io.aiwm.inference.TestGateway.deployed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bodies of calls take no more memory than is set, whatever the calls wait for. */
@Timeout(60)
class HeldBodiesTest {
    private static final String LARGE = BODY.replace("the-secret-prompt", "z".repeat(900_000));
    private TestGateway gateway;
    private final CompletableFuture<HttpServerResponse> first = new CompletableFuture<>();

    @BeforeEach
    void begin() throws Exception {
        gateway = new TestGateway(GatewaySettingsBuilder.builder(GatewaySettings.DEFAULTS)
                .maxBodyBytes(1 << 20)
                .heldBodyBytes(1_500_000)
                .internalEndpoints(true)
                .build());
        gateway.upstream.does(response -> {
            if (!first.complete(response)) {
                answer(response);
            }
        });
    }

    @AfterEach
    void end() {
        assertThat(gateway.leftOver()).isEmpty();
        gateway.close();
    }

    private static void answer(HttpServerResponse response) {
        response.putHeader("Content-Type", "application/json").end(ScriptedUpstream.ANSWER);
    }

    private CompletableFuture<HttpResponse<String>> send(String body) {
        return gateway.client.sendAsync(
                gateway.request("/v1/chat/completions")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private void expectNoRoom() throws Exception {
        HttpResponse<String> refused = gateway.chat(LARGE);
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.headers().firstValue("Retry-After")).contains("1");
        assertThat(new JsonObject(refused.body()).getJsonObject("error").getString("code"))
                .isEqualTo("overloaded");
        assertThat(gateway.usage().errorCode()).isEqualTo("overloaded");
    }

    @Test
    void a_call_beyond_what_may_be_held_is_refused_until_another_has_ended() throws Exception {
        var under = send(LARGE);
        HttpServerResponse open = first.get(5, TimeUnit.SECONDS);
        expectNoRoom();
        expectNoRoom();
        assertThat(gateway.chat(BODY).statusCode()).as("a small one").isEqualTo(200);
        gateway.usage();
        answer(open);
        assertThat(under.get(5, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        gateway.usage();
        assertThat(gateway.chat(LARGE).statusCode()).isEqualTo(200);
        gateway.usage();
    }

    @Test
    void calls_that_wait_for_a_place_count_too() throws Exception {
        gateway.serves(List.of(deployed("dep_1", "tiny")
                .replicas(List.of(gateway.upstream.replica("r1")))
                .concurrency(1)
                .build()));
        var under = send(BODY);
        HttpServerResponse open = first.get(5, TimeUnit.SECONDS);
        var waiting = send(LARGE);
        await().until(() -> gateway.gateway.load().get("dep_1").waiting() == 1);
        expectNoRoom();
        answer(open);
        assertThat(under.get(5, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        assertThat(waiting.get(5, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        gateway.usage();
        gateway.usage();
        assertThat(gateway.chat(LARGE).statusCode()).isEqualTo(200);
        gateway.usage();
    }
}
