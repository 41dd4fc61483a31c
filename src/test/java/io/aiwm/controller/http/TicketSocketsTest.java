package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A socket whose messages are taken one by one. */
@Timeout(60)
class TicketSocketsTest {
    private static final String PATH = "/api/things/ws";

    private WebSocketClient client;
    private final LinkedBlockingQueue<Buffer> taken = new LinkedBlockingQueue<>();

    @Test
    void a_message_of_many_frames_that_is_too_large_ends_the_socket_and_is_not_left_out_in_silence() throws Exception {
        try (TestServer server = TestServer.withSockets(
                List.of(),
                door -> List.of(TicketSockets.mount(
                        PATH,
                        door,
                        caller -> Future.succeededFuture(socket -> {
                            socket.binaryMessageHandler(taken::add);
                            return () -> {};
                        }))))) {
            // a client that nobody holds closes its connections when it is collected
            client = server.vertx.createWebSocketClient();
            String ticket = new JsonObject(server.call("POST", "/api/auth/ticket", "viewer", null)
                            .body())
                    .getString("ticket");
            WebSocket socket = TestServer.await(client.connect(new WebSocketConnectOptions()
                    .setHost("127.0.0.1")
                    .setPort(server.port)
                    .setURI(PATH + "?ticket=" + ticket)));
            TestServer.await(socket.writeBinaryMessage(Buffer.buffer("first")));
            assertThat(taken.poll(10, TimeUnit.SECONDS)).isEqualTo(Buffer.buffer("first"));
            // the client splits what is larger than its frames
            socket.writeBinaryMessage(Buffer.buffer(new byte[2 << 20]));
            await().until(socket::isClosed);
            assertThat(socket.closeStatusCode()).isEqualTo((short) 1009);
            assertThat(taken).isEmpty();
        }
    }
}
