package io.aiwm.controller.gateway;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.aiwm.controller.gateway.GatewayUnderTest.Worker;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.protocol.Envelope;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What a worker sends that it should not, and what becomes of its session. */
class GatewayMisuseTest extends GatewayRig {
    @Test
    void who_does_not_register_within_ten_seconds_is_cut_off() {
        Worker worker = controller.worker("n1", controller.token("n1"));
        assertThat(worker.closed()).isEqualTo(4408);
    }

    @Test
    void before_registration_nothing_counts() {
        controller.engine.givenTo.put("c", "n1");
        Worker worker = controller.worker("n1", controller.token("n1"));
        worker.send("command.result", new JsonObject().put("commandId", "c").put("outcome", "success"));
        worker.next("error");
        assertThat(controller.engine.heard).isEmpty();
    }

    @Test
    void an_unknown_type_or_wrong_data_is_answered_with_error_and_the_session_goes_on() {
        Worker worker = controller.registered("n1");
        String unknown = worker.send("node.explode", worker.data());
        assertThat(worker.next("error").getString("correlationId")).isEqualTo(unknown);
        worker.send(
                "command.ack", worker.data().put("commandId", new JsonArray()).put("accepted", true));
        worker.next("error");
        worker.send("command.ack", worker.data());
        worker.next("error");
        worker.send("command.progress", new JsonObject().put("sessionId", 7));
        worker.next("error");
        worker.send("telemetry.heartbeat", worker.data());
        worker.next("heartbeat.ack");
        assertThat(controller.engine.heard).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "garbage",
                "[]",
                "7",
                "{",
                "{\"data\":{}}",
                "{\"type\":\" \",\"data\":{}}",
                "{\"type\":\"command.ack\",\"data\":[]}"
            })
    void what_is_no_envelope_is_told_so_and_ends_the_session(String text) {
        Worker worker = controller.registered("n1");
        worker.sendRaw(text);
        worker.next("error");
        assertThat(worker.closed()).isEqualTo(4400);
    }

    @Test
    void deep_and_binary_and_oversized_messages_end_the_session() {
        Worker deep = controller.registered("n1");
        deep.sendRaw("{\"type\":\"x\",\"data\":" + "[".repeat(50_000));
        deep.next("error");
        assertThat(deep.closed()).isEqualTo(4400);

        Worker binary = controller.registered("n2");
        binary.socket.writeBinaryMessage(Buffer.buffer("{}"));
        binary.next("error");
        assertThat(binary.closed()).isEqualTo(4400);

        Worker big = controller.registered("n3");
        big.socket.writeTextMessage("{\"type\":\"" + "x".repeat(Envelope.MAX_BYTES) + "\"}");
        assertThat(big.closed()).isEqualTo(1009);
        await().untilAsserted(
                        () -> assertThat(controller.sessions.isConnected("n3")).isFalse());
    }

    @Test
    void no_node_speaks_for_another() {
        controller.engine.givenTo.put("b-command", "b");
        Worker b = controller.registered("b");
        Worker a = controller.registered("a");
        var bAsItWas = await(controller.fleet.nodes.get("b"));

        a.send("command.result", a.data().put("commandId", "b-command").put("outcome", "success"));
        assertThat(a.next("error").getJsonObject("data").getString("category")).isEqualTo("forbidden");
        a.send("command.ack", a.data().put("commandId", "b-command").put("accepted", true));
        a.send("telemetry.heartbeat", b.data());
        a.next("error");
        a.send("command.result", b.data().put("commandId", "b-command").put("outcome", "success"));
        a.next("error");
        a.send("goodbye", b.data());
        a.next("error");
        a.send("deployment.status", a.data().put("deploymentId", "d").put("nodeId", "b"));
        a.send("telemetry.heartbeat", a.data());
        a.next("heartbeat.ack");

        assertThat(controller.engine.heard).containsExactly("a status d");
        assertThat(await(controller.fleet.nodes.get("b"))).isEqualTo(bAsItWas);
        b.send("telemetry.heartbeat", b.data());
        b.next("heartbeat.ack");
    }

    @Test
    void a_registration_for_another_node_is_refused() {
        controller.fleet.create("b");
        Worker a = controller.worker("a", controller.token("a"));
        a.send("node.register", new JsonObject().put("nodeId", "b"));
        JsonObject ack = a.next("register.ack").getJsonObject("data");
        assertThat(ack.getBoolean("accepted")).isFalse();
        assertThat(a.closed()).isEqualTo(4400);
        assertThat(controller.fleet.nodes.find("b").status()).isEqualTo(NodeStatus.PENDING);
    }

    @Test
    void what_a_worker_says_makes_no_long_lines_in_the_log_and_what_is_refused_comes_once() {
        Logger logger = (Logger) LoggerFactory.getLogger("io.aiwm.controller.gateway");
        var lines = new ListAppender<ILoggingEvent>();
        lines.start();
        logger.addAppender(lines);
        try {
            String odd = "x\u001b[31m\n".repeat(5_000);
            String token = controller.token("n1");
            Worker other = controller.worker("n1", token);
            other.send("node.register", new JsonObject().put("nodeId", odd));
            assertThat(other.next("register.ack").getJsonObject("data").getString("reason"))
                    .hasSizeLessThan(400);
            Worker refused = controller.worker("n1", token);
            refused.send("node.register", new JsonObject().put("agentVersion", odd));
            assertThat(refused.next("register.ack").getJsonObject("data").getString("reason"))
                    .contains("/data/agentVersion");
            Worker worker = controller.worker("n1", token);
            worker.register();
            worker.send("error", worker.data().put("category", "invalid").put("message", odd));
            for (int i = 0; i < 20; i++) {
                worker.send("command.result", worker.data().put("commandId", "none"));
                worker.next("error");
            }
        } finally {
            logger.detachAppender(lines);
        }
        List<String> said =
                lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
        assertThat(said)
                .allSatisfy(line -> assertThat(line).hasSizeLessThan(900).doesNotContain("\u001b", "\n"))
                .anyMatch(line -> line.startsWith("node n1 is refused: /data/agentVersion: "))
                .anyMatch(line -> line.startsWith("node n1 did not understand a message: x?[31m?x"));
        assertThat(said.stream().filter(line -> line.contains("command.result")))
                .hasSize(1);
    }
}
