package io.aiwm.inference;

import static io.aiwm.inference.TestGateway.KEY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import java.net.URI;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What stays open below {@code /proxy} keeps its deployment awake only while something is said. */
@Timeout(60)
class ProxyQuietTest {
    private TestGateway gateway;

    @AfterEach
    void end() {
        await().untilAsserted(() -> assertThat(gateway.leftOver()).isEmpty());
        gateway.close();
    }

    private int inFlight() {
        return gateway.gateway.load().get("dep_1").inFlight();
    }

    @Test
    void a_web_socket_on_which_only_pings_pass_is_no_load_until_a_message_comes() throws Exception {
        gateway = new TestGateway(GatewaySettingsBuilder.builder(GatewaySettings.DEFAULTS)
                .internalEndpoints(true)
                .idle(Duration.ofSeconds(1))
                .proxyConcurrency(1)
                .queue(Duration.ofMillis(100))
                .build());
        var pongs = new AtomicInteger();
        gateway.upstream.doesAtOnce(request -> request.toWebSocket().onSuccess(socket -> ping(socket, pongs)));
        var closed = new CompletableFuture<Integer>();
        WebSocket socket = gateway.client
                .newWebSocketBuilder()
                .header("Authorization", "Bearer " + KEY)
                .buildAsync(URI.create("ws://127.0.0.1:" + gateway.port + "/proxy/tiny/ws"), new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
                        closed.complete(code);
                        return null;
                    }
                })
                .get(10, TimeUnit.SECONDS);
        assertThat(inFlight()).isOne();

        await().until(() -> inFlight() == 0);
        int then = pongs.get();
        await().until(() -> pongs.get() > then + 30); // it is still open, long after a silent one is closed
        assertThat(inFlight()).isZero();
        assertThat(gateway.get("/proxy/tiny/x").statusCode()).isEqualTo(504); // and it still has its place
        gateway.usage();

        await().until(() -> {
            socket.sendText("hi", true).get(5, TimeUnit.SECONDS);
            return inFlight() == 1;
        });
        await().until(() -> inFlight() == 0);

        socket.sendClose(1000, "bye").get(5, TimeUnit.SECONDS);
        assertThat(closed.get(10, TimeUnit.SECONDS)).isEqualTo(1000);
        assertThat(gateway.usage().status()).isEqualTo(101);
        assertThat(inFlight()).isZero();
    }

    private void ping(ServerWebSocket socket, AtomicInteger pongs) {
        long timer = gateway.vertx.setPeriodic(50, tick -> socket.writePing(Buffer.buffer("still there")));
        socket.pongHandler(pong -> pongs.incrementAndGet());
        socket.closeHandler(closed -> gateway.vertx.cancelTimer(timer));
    }
}
