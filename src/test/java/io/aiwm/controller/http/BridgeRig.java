package io.aiwm.controller.http;

import io.aiwm.controller.event.Events;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;

/** A server with its event bridge, and browsers that open it. */
@Timeout(60)
abstract class BridgeRig {
    static TestServer server;
    static WebSocketClient client;
    static Events events;

    @BeforeAll
    static void open() {
        server = new TestServer(List.of());
        client = server.vertx.createWebSocketClient(
                new WebSocketClientOptions().setMaxMessageSize(4 << 20).setMaxFrameSize(4 << 20));
        events = new Events(server.vertx);
    }

    @AfterAll
    static void close() {
        server.close();
    }

    static String ticket() {
        return new JsonObject(
                        server.call("POST", "/api/auth/ticket", "viewer", null).body())
                .getString("ticket");
    }

    static WebSocket connect(String ticket, String origin) {
        return connect(server, ticket, origin);
    }

    static WebSocket connect(TestServer to, String ticket, String origin) {
        var options = new WebSocketConnectOptions()
                .setHost("127.0.0.1")
                .setPort(to.port)
                .setURI("/eventbus/websocket?ticket=" + ticket);
        if (origin != null) {
            options.addHeader("Origin", origin);
        }
        return TestServer.await(client.connect(options));
    }

    static BlockingQueue<JsonObject> messages(WebSocket socket) {
        BlockingQueue<JsonObject> messages = new LinkedBlockingQueue<>();
        socket.handler(buffer -> messages.add(buffer.toJsonObject()));
        return messages;
    }

    static void register(WebSocket socket, String address) {
        socket.writeTextMessage(
                new JsonObject().put("type", "register").put("address", address).encode());
    }

    static byte[] head(String path) {
        return String.join(
                        "\r\n",
                        "GET " + path + " HTTP/1.1",
                        "Host: x",
                        "Connection: Upgrade",
                        "Upgrade: websocket",
                        "Sec-WebSocket-Version: 13",
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                        "",
                        "")
                .getBytes(StandardCharsets.US_ASCII);
    }
}
