package io.aiwm.controller.gateway;

import io.aiwm.protocol.Envelope;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

/**
 * How long one message of a busy worker takes from text to the engine's door and back to text, without sockets. Prints
 * one JSON line per kind of message. Run: {@code java -cp … io.aiwm.controller.gateway.GatewayBench}.
 */
final class GatewayBench {
    private static final int ROUNDS = 300_000;

    private GatewayBench() {}

    public static void main(String[] args) throws IOException {
        try (var controller = new GatewayUnderTest(Files.createTempDirectory("bench"))) {
            controller.fleet.create("n1");
            controller.fleet.register("n1");
            var session = new NodeSession("s".repeat(32), "n1", null, null, new Encoding());
            controller.gateway.open(session);
            String id = "ex_01jd3k9v6r8x5m2q7t4w9y0a1b.0.1";
            controller.engine.givenTo.put(id, "other");
            var base = new JsonObject().put("sessionId", session.id()).put("commandId", id);
            var beat = new JsonObject()
                    .put("sessionId", session.id())
                    .put("sequence", 1)
                    .put("status", "IDLE")
                    .put("activeCommands", List.of(id))
                    .put("cpuUsage", 0.5)
                    .put("memoryUsedBytes", 1_000_000);
            for (int warmUp = 0; warmUp < 3; warmUp++) {
                measure(controller, session, "telemetry.heartbeat", beat);
                measure(controller, session, "command.ack", base.copy().put("accepted", true));
                measure(
                        controller,
                        session,
                        "command.progress",
                        base.copy().put("percent", 50).put("message", "half"));
                measure(
                        controller,
                        session,
                        "command.result",
                        base.copy()
                                .put("outcome", "success")
                                .put("output", new JsonObject().put("containerId", "c".repeat(64)))
                                .put("startedAt", "2026-11-21T10:00:00.000Z")
                                .put("finishedAt", "2026-11-21T10:00:01.000Z"));
            }
        }
    }

    private static void measure(GatewayUnderTest controller, NodeSession session, String type, JsonObject data) {
        String text = new Envelope(
                        type,
                        "01936a5e-7c1f-7000-8000-0123456789ab",
                        java.time.Instant.EPOCH,
                        null,
                        new JsonObject().put("commandId", "ex_01jd3k9v6r8x5m2q7t4w9y0a1b.0.1"),
                        data)
                .encode();
        long began = System.nanoTime();
        for (int i = 0; i < ROUNDS; i++) {
            if (WebSocketGateway.tooDeep(text)) {
                throw new IllegalStateException();
            }
            controller.gateway.receive(session, Envelope.decode(text));
        }
        double micros = (System.nanoTime() - began) / 1_000.0 / ROUNDS;
        System.out.println(new JsonObject()
                .put("message", type)
                .put("microseconds", Math.round(micros * 100) / 100.0)
                .encode());
    }

    /** A channel that does all but the writing. */
    private static final class Encoding implements Channel {
        private long written;

        @Override
        public Future<Void> send(Envelope message) {
            written += message.encode().length();
            return Future.succeededFuture();
        }

        @Override
        public void close(int code, String reason) {}

        @Override
        public String transport() {
            return "bench " + written;
        }
    }
}
