package io.aiwm.controller.gateway;

import static io.aiwm.controller.node.FleetUnderTest.await;

import io.aiwm.controller.http.ErrorForm;
import io.aiwm.controller.node.FleetUnderTest;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.NodeRegister;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A gateway over the real node room, a real HTTP server on loopback, and workers that speak to it. */
final class GatewayUnderTest implements AutoCloseable {
    final FleetUnderTest fleet;
    final Recorder engine = new Recorder();
    final NodeSessions sessions;
    final NodeGateway gateway;
    final NodeGatewayVerticle verticle;
    final int port;
    private final WebSocketClient client;

    GatewayUnderTest(Path folder) {
        fleet = new FleetUnderTest(folder);
        sessions = new NodeSessions(fleet.vertx);
        gateway = new NodeGateway("ctl_test", fleet.admission, sessions, engine, engine, engine, fleet.clock);
        verticle = new NodeGatewayVerticle(gateway);
        await(fleet.vertx.deployVerticle(verticle));
        var options = new HttpServerOptions()
                .setHost("127.0.0.1")
                .setPort(0)
                .setMaxWebSocketFrameSize(Envelope.MAX_BYTES)
                .setMaxWebSocketMessageSize(Envelope.MAX_BYTES);
        var server = fleet.vertx
                .createHttpServer(options)
                .requestHandler(new WebSocketGateway(fleet.vertx, gateway, fleet.clock, ErrorForm.PROBLEM::answer));
        port = await(server.listen()).actualPort();
        client = fleet.vertx.createWebSocketClient();
    }

    String token(String nodeId) {
        fleet.create(nodeId);
        return await(fleet.tokens.issue(nodeId, null, null)).token();
    }

    Future<WebSocket> connect(String token) {
        return connect(client.webSocket(), token);
    }

    private Future<WebSocket> connect(ClientWebSocket socket, String token) {
        var options = new WebSocketConnectOptions()
                .setHost("127.0.0.1")
                .setPort(port)
                .setURI("/ws/node")
                .setHeaders(MultiMap.caseInsensitiveMultiMap());
        if (token != null) {
            options.addHeader("Authorization", "Bearer " + token);
        }
        return socket.connect(options);
    }

    /** Connected, {@code connection.ack} taken. */
    Worker worker(String nodeId, String token) {
        ClientWebSocket socket = client.webSocket();
        var worker = new Worker(nodeId, socket); // listens before it connects, so as to miss nothing
        await(connect(socket, token));
        worker.next("connection.ack");
        return worker;
    }

    Worker registered(String nodeId) {
        Worker worker = worker(nodeId, token(nodeId));
        worker.register();
        return worker;
    }

    /** The other end, by hand. */
    static final class Worker {
        private static final String CLOSED = "closed";
        final String nodeId;
        final WebSocket socket;
        final BlockingQueue<JsonObject> inbox = new LinkedBlockingQueue<>();
        String sessionId;

        Worker(String nodeId, WebSocket socket) {
            this.nodeId = nodeId;
            this.socket = socket;
            socket.textMessageHandler(text -> inbox.add(new JsonObject(text)));
            socket.closeHandler(
                    closed -> inbox.add(new JsonObject().put("type", CLOSED).put("code", socket.closeStatusCode())));
        }

        JsonObject register() {
            send(NodeRegister.TYPE, JsonObject.mapFrom(java.util.Map.of("name", "w", "role", "cpu")));
            JsonObject ack = next("register.ack").getJsonObject("data");
            sessionId = ack.getString("sessionId");
            return ack;
        }

        /** @return the message id */
        String send(String type, JsonObject data) {
            Envelope message = Envelope.of(type, data);
            await(socket.writeTextMessage(message.encode()));
            return message.messageId();
        }

        void sendRaw(String text) {
            await(socket.writeTextMessage(text));
        }

        JsonObject next(String type) {
            JsonObject message = next();
            if (message == null || !type.equals(message.getString("type"))) {
                throw new AssertionError("expected " + type + " and got " + message);
            }
            return message;
        }

        JsonObject next() {
            try {
                return inbox.poll(15, TimeUnit.SECONDS);
            } catch (InterruptedException cause) {
                throw new IllegalStateException(cause);
            }
        }

        /** The close code. */
        int closed() {
            return next(CLOSED).getInteger("code");
        }

        JsonObject data() {
            return new JsonObject().put("sessionId", sessionId);
        }
    }

    @Override
    public void close() {
        fleet.close();
    }
}
