package io.aiwm.inference;

import static io.aiwm.inference.TestGateway.BODY;
import static io.aiwm.inference.TestGateway.deployed;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls below {@code /proxy} have places of their own. */
@Timeout(60)
class ProxyPlacesTest {
    private static final int PLACES = 2;
    private TestGateway gateway;

    @AfterEach
    void end() {
        assertThat(gateway.leftOver()).isEmpty();
        gateway.close();
    }

    @Test
    void what_stays_open_takes_no_place_of_a_models_calls_and_has_a_bound_of_its_own() throws Exception {
        gateway = new TestGateway(GatewaySettingsBuilder.builder(GatewaySettings.DEFAULTS)
                .internalEndpoints(true)
                .proxyConcurrency(PLACES)
                .queue(Duration.ofMillis(200))
                .build());
        BlockingQueue<HttpServerResponse> open = new LinkedBlockingQueue<>();
        gateway.upstream.does(response -> {
            if (gateway.upstream.seen.peek().uri().startsWith("/v1")) {
                response.putHeader("Content-Type", "application/json").end(ScriptedUpstream.ANSWER);
            } else {
                open.add(response);
            }
            gateway.upstream.seen.clear();
        });
        gateway.serves(List.of(deployed("dep_1", "tiny")
                .replicas(List.of(gateway.upstream.replica("r1")))
                .concurrency(1)
                .build()));

        var passing = new ArrayList<CompletableFuture<HttpResponse<String>>>();
        var answers = new ArrayList<HttpServerResponse>();
        for (int i = 0; i < PLACES; i++) {
            passing.add(gateway.client.sendAsync(
                    gateway.request("/proxy/tiny/events").build(), HttpResponse.BodyHandlers.ofString()));
            answers.add(open.poll(5, TimeUnit.SECONDS));
        }
        assertThat(answers).doesNotContainNull();
        assertThat(gateway.gateway.load().get("dep_1")).isEqualTo(new Gateway.Load(PLACES, 0));
        assertThat(gateway.chat(BODY).statusCode()).isEqualTo(200);
        gateway.usage();

        HttpResponse<String> beyond = gateway.get("/proxy/tiny/events");
        assertThat(beyond.statusCode()).isEqualTo(504);
        assertThat(new JsonObject(beyond.body()).getJsonObject("error").getString("code"))
                .isEqualTo("queue_timeout");
        gateway.usage();

        answers.forEach(answer -> answer.end("done"));
        for (CompletableFuture<HttpResponse<String>> each : passing) {
            assertThat(each.get(5, TimeUnit.SECONDS).body()).isEqualTo("done");
            gateway.usage();
        }
    }
}
