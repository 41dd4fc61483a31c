package io.aiwm.inference;

import static io.aiwm.inference.TestGateway.BODY;
import static io.aiwm.inference.TestGateway.KEY;
import static io.aiwm.inference.TestGateway.deployed;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.inference.usage.CallUsage;
import io.vertx.core.http.HttpServerResponse;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Callers that go away while their call waits. */
@Timeout(60)
class GoneCallersTest {
    private TestGateway gateway;
    private final CompletableFuture<HttpServerResponse> held = new CompletableFuture<>();

    @BeforeEach
    void begin() throws Exception {
        gateway = new TestGateway(GatewaySettingsBuilder.builder(GatewaySettings.DEFAULTS)
                .internalEndpoints(true)
                .proxyConcurrency(1)
                .build());
        gateway.upstream.doesAtOnce(request -> held.complete(request.response()));
        gateway.serves(List.of(deployed("dep_1", "tiny")
                .replicas(List.of(gateway.upstream.replica("r1")))
                .concurrency(1)
                .build()));
    }

    @AfterEach
    void end() {
        assertThat(gateway.leftOver()).isEmpty();
        gateway.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/chat/completions", "/proxy/tiny/"})
    void one_that_leaves_the_queue_gives_its_place_back_at_once(String path) throws Exception {
        try (Socket first = call(path)) {
            HttpServerResponse answer = held.get(5, TimeUnit.SECONDS);
            try (Socket second = call(path)) {
                await().until(() -> gateway.gateway.load().get("dep_1").waiting() == 1);
                assertThat(second.isConnected()).isTrue();
            }
            CallUsage gone = gateway.usage();
            assertThat(gone.status()).isEqualTo(499);
            assertThat(gone.replicaId()).isNull();
            assertThat(gateway.gateway.load().get("dep_1").waiting()).isZero();
            assertThat(gateway.settled).hasValue(1);
            answer.putHeader("Content-Type", "application/json").end(ScriptedUpstream.ANSWER);
            assertThat(first.getInputStream().read()).isEqualTo('H');
        }
        assertThat(gateway.usage().status()).isEqualTo(200);
    }

    @Test
    void an_answer_that_was_kept_for_want_of_a_better_one_goes_with_its_caller() throws Exception {
        var busy = new ScriptedUpstream(gateway.vertx);
        busy.does(response -> response.setStatusCode(429).setChunked(true).write("{\"error\":"));
        try (Socket first = call("/v1/chat/completions")) {
            held.get(5, TimeUnit.SECONDS);
            // r1 is taken, so that the next call goes to r2, and then waits for r1
            gateway.serves(List.of(deployed("dep_1", "tiny")
                    .replicas(List.of(gateway.upstream.replica("r1"), busy.replica("r2")))
                    .concurrency(1)
                    .build()));
            try (Socket second = call("/v1/chat/completions")) {
                busy.next();
                await().until(() -> gateway.gateway.load().get("dep_1").waiting() == 1);
                assertThat(second.isConnected()).isTrue();
            }
            assertThat(gateway.usage().status()).isEqualTo(499);
            assertThat(busy.cancelled.poll(5, TimeUnit.SECONDS)).isNotNull();
            assertThat(first.isConnected()).isTrue();
        }
        assertThat(gateway.usage().status()).isEqualTo(499);
    }

    @Test
    void an_answer_that_was_kept_is_passed_on_where_the_last_replica_cannot_be_reached() throws Exception {
        gateway.upstream.does(response -> response.setStatusCode(429)
                .putHeader("Retry-After", "7")
                .end("{\"error\":{\"message\":\"slow down\",\"code\":\"too_fast\"}}"));
        for (int i = 0; i < 10; i++) {
            gateway.serves(
                    ScriptedUpstream.replica("dead" + i, 1),
                    ScriptedUpstream.replica("gone" + i, 1),
                    gateway.upstream.replica("r" + i));
            var answer = gateway.chat(BODY);
            gateway.usage();
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(429);
            assertThat(answer.body()).contains("too_fast");
        }
    }

    private Socket call(String path) throws Exception {
        var socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port);
        socket.getOutputStream()
                .write(("POST " + path + " HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer " + KEY
                                + "\r\nContent-Type: application/json\r\nContent-Length: " + BODY.length() + "\r\n\r\n"
                                + BODY)
                        .getBytes(UTF_8));
        return socket;
    }
}
