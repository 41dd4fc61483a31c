package io.aiwm.worker.link;

import io.aiwm.protocol.ConnectionAck;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.HeartbeatAck;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.RegisterAck;
import io.aiwm.protocol.RegisterAckBuilder;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/**
 * The controller's end of {@code /ws/node}, as small as it can be: takes every token, registers everybody, answers
 * heartbeats, and remembers what it was told. The rest is said by the test.
 */
public final class SocketController {
    public final List<String> tokens = new CopyOnWriteArrayList<>();
    public final List<Envelope> heard = new CopyOnWriteArrayList<>();
    public final AtomicInteger sessions = new AtomicInteger();
    private final HttpServer server;
    private volatile ServerWebSocket socket;
    private volatile int refuseWith;
    private volatile boolean answersHeartbeats = true;
    private volatile long heartbeatMs = 30_000;
    private volatile RegisterAck next;

    public SocketController(Vertx vertx) throws Exception {
        var options = new HttpServerOptions()
                .setHost("127.0.0.1")
                .setPort(0)
                .setMaxWebSocketFrameSize(Envelope.MAX_BYTES)
                .setMaxWebSocketMessageSize(Envelope.MAX_BYTES);
        server = vertx.createHttpServer(options)
                .requestHandler(this::handshake)
                .listen()
                .await(10, TimeUnit.SECONDS);
    }

    public URI url() {
        return URI.create("ws://127.0.0.1:" + server.actualPort() + "/ws/node");
    }

    /** From now on handshakes are answered with this status; 0: taken. */
    public void refuse(int status) {
        refuseWith = status;
    }

    public void stopAnsweringHeartbeats() {
        answersHeartbeats = false;
    }

    public void heartbeatEvery(long milliseconds) {
        heartbeatMs = milliseconds;
    }

    /** How the next registrations are answered, but for sessionId and nodeId. */
    public void answerWith(RegisterAck ack) {
        next = ack;
    }

    public void send(String type, JsonObject data, String commandId) {
        var metadata = commandId == null ? null : new JsonObject().put("commandId", commandId);
        socket.writeTextMessage(Envelope.command(type, data, metadata).encode());
    }

    public void sendText(String text) {
        socket.writeTextMessage(text);
    }

    public void close(int code) {
        socket.close((short) code, "says the test");
    }

    /** Waits for this many messages of a type, and gives the last. */
    public Envelope await(String type, int times) {
        Awaitility.await(type).atMost(Duration.ofSeconds(8)).until(() -> count(type) >= times);
        return all(type).get(times - 1);
    }

    public List<Envelope> all(String type) {
        return heard.stream().filter(message -> message.type().equals(type)).toList();
    }

    public int count(String type) {
        return all(type).size();
    }

    public void awaitSessions(int times) {
        Awaitility.await("sessions").atMost(Duration.ofSeconds(8)).until(() -> sessions.get() >= times);
    }

    private void handshake(HttpServerRequest request) {
        tokens.add(String.valueOf(request.getHeader("Authorization")));
        if (refuseWith != 0) {
            request.response().setStatusCode(refuseWith).end();
            return;
        }
        request.toWebSocket().onSuccess(accepted -> {
            socket = accepted;
            accepted.textMessageHandler(text -> take(accepted, Envelope.decode(text)));
            accepted.writeTextMessage(Envelope.of(ConnectionAck.TYPE, new ConnectionAck("node-1", 1, Instant.now()))
                    .encode());
        });
    }

    private void take(ServerWebSocket from, Envelope message) {
        heard.add(message);
        if (message.type().equals(NodeRegister.TYPE)) {
            int number = sessions.incrementAndGet();
            from.writeTextMessage(Envelope.of(RegisterAck.TYPE, ack("session-" + number))
                    .answering(message)
                    .encode());
        } else if (message.type().equals("telemetry.heartbeat") && answersHeartbeats) {
            from.writeTextMessage(Envelope.of(HeartbeatAck.TYPE, new HeartbeatAck(heartbeatMs))
                    .encode());
        }
    }

    private RegisterAck ack(String sessionId) {
        RegisterAck wanted = next;
        if (wanted != null && !wanted.accepted()) {
            return wanted;
        }
        return RegisterAckBuilder.builder()
                .accepted(true)
                .sessionId(sessionId)
                .nodeId("node-1")
                .heartbeatIntervalMs(heartbeatMs)
                .metricsIntervalMs(60_000)
                .adopt(List.of())
                .stop(wanted == null ? List.of() : wanted.stop())
                .resend(List.of())
                .forget(wanted == null ? List.of() : wanted.forget())
                .nodeToken(wanted == null ? null : wanted.nodeToken())
                .build();
    }
}
