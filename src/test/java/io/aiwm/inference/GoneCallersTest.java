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
