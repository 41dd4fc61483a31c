package io.aiwm.controller.gateway;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.controller.gateway.GatewayUnderTest.Worker;
import io.aiwm.controller.node.Node;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.node.Nodes;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.protocol.Envelope;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Sessions of workers on WebSockets: registration, commands, heartbeats and their end. */
class WebSocketGatewayTest extends GatewayRig {
    @Test
    void a_worker_registers_takes_a_command_and_returns_its_result() {
        controller.engine.answer =
                new CommandEvents.Reconciliation(List.of("keep"), List.of("end"), List.of("again"), List.of("drop"));
        controller.engine.givenTo.put("ex_1.0.1", "n1");
        Worker worker = controller.worker("n1", controller.token("n1"));
        JsonObject ack = worker.register();
        assertThat(ack.getBoolean("accepted")).isTrue();
        assertThat(ack.getString("nodeId")).isEqualTo("n1");
        assertThat(ack.getLong("heartbeatIntervalMs")).isEqualTo(30_000);
        assertThat(ack.getJsonArray("adopt")).isEqualTo(new JsonArray().add("keep"));
        assertThat(ack.getJsonArray("forget")).isEqualTo(new JsonArray().add("drop"));
        assertThat(controller.fleet.nodes.find("n1").status()).isEqualTo(NodeStatus.IDLE);
        await().untilAsserted(() -> assertThat(controller.engine.ready).containsExactly("n1"));

        await(controller.sessions.send(
                "n1",
                Envelope.command(
                        "deployment.create", new JsonObject(), new JsonObject().put("commandId", "ex_1.0.1"))));
        assertThat(worker.next("deployment.create").getJsonObject("metadata").getString("commandId"))
                .isEqualTo("ex_1.0.1");
        worker.send("command.ack", worker.data().put("commandId", "ex_1.0.1").put("accepted", true));
        worker.send(
                "command.progress", worker.data().put("commandId", "ex_1.0.1").put("percent", 50));
        String sent = worker.send(
                "command.result", worker.data().put("commandId", "ex_1.0.1").put("outcome", "success"));
        JsonObject stored = worker.next("result.ack");
        assertThat(stored.getString("correlationId")).isEqualTo(sent);
        assertThat(stored.getJsonObject("data").getString("commandId")).isEqualTo("ex_1.0.1");
        assertThat(controller.engine.heard)
                .containsExactly("n1 ack ex_1.0.1", "n1 progress ex_1.0.1", "n1 result ex_1.0.1");
    }

    @Test
    void a_heartbeat_tells_the_nodes_clock_and_what_its_commands_have_left() {
        var left = new AtomicReference<Map<String, Long>>();
        controller.fleet.admission.onTimeLeft((node, leftMs) -> left.set(leftMs));
        Worker worker = controller.registered("n1");
        worker.send("telemetry.heartbeat", worker.data().put("leftMs", new JsonObject().put("ex.0.1", 1_234)));
        worker.next("heartbeat.ack");
        assertThat(left.get()).isEqualTo(Map.of("ex.0.1", 1_234L));
        assertThat(controller.fleet.clocks.aheadMillis("n1")).isNotNull();
        left.set(null);
        worker.send("telemetry.heartbeat", worker.data());
        worker.next("heartbeat.ack");
        assertThat(left.get()).as("a worker of an older version").isNull();
    }

    @Test
    void the_controller_answers_heartbeats_and_keeps_the_newest_sample() {
        Worker worker = controller.registered("n1");
        worker.send("telemetry.heartbeat", worker.data().put("sequence", 1).put("status", "IDLE"));
        assertThat(worker.next("heartbeat.ack").getJsonObject("data").getLong("nextHeartbeatMs"))
                .isEqualTo(30_000);
        var cpu = new JsonObject().put("cpu", new JsonObject().put("cores", 12));
        worker.send("telemetry.metrics", worker.data().put("system", cpu));
        await().untilAsserted(() -> assertThat(
                        controller.fleet.admission.latestSystem("n1").cpu().cores())
                .isEqualTo(12));
    }

    @Test
    void a_worker_is_told_what_must_stay_on_its_node() {
        Worker worker = controller.worker("n1", controller.token("n1"));
        worker.register();
        worker.send("retention.ask", worker.data().put("askId", "7").put("owners", new JsonArray(List.of("dep_1"))));
        JsonObject kept = worker.next("retention.kept").getJsonObject("data");
        assertThat(kept.getString("askId")).isEqualTo("7");
        assertThat(kept.getJsonArray("images")).containsExactly("nginx:1");
        assertThat(controller.engine.heard).contains("n1 retention [dep_1]");

        worker.send("retention.ask", worker.data());
        assertThat(worker.next("error").getJsonObject("data").getString("message"))
                .contains("askId");
        var many = new JsonArray(Collections.nCopies(101, "dep_1"));
        worker.send("retention.ask", worker.data().put("askId", "8").put("owners", many));
        assertThat(worker.next("error").getJsonObject("data").getString("message"))
                .contains("at most 100");
    }

    @Test
    void a_newer_session_replaces_the_older_whose_messages_change_nothing() {
        String token = controller.token("n1");
        Worker older = controller.worker("n1", token);
        older.register();
        Worker newer = controller.worker("n1", token);
        newer.register();
        assertThat(older.closed()).isEqualTo(4409);

        controller.engine.givenTo.put("c", "n1");
        newer.send("command.ack", older.data().put("commandId", "c").put("accepted", true));
        assertThat(newer.next("error").getJsonObject("data").getString("category"))
                .isEqualTo("unauthenticated");
        assertThat(controller.engine.heard).isEmpty();
    }

    @Test
    void a_repeated_registration_over_one_socket_begins_a_new_session_and_keeps_the_socket() {
        Worker worker = controller.registered("n1");
        String before = worker.sessionId;
        worker.register();
        assertThat(worker.sessionId).isNotEqualTo(before);
        worker.send("telemetry.heartbeat", worker.data());
        worker.next("heartbeat.ack");
        worker.send("telemetry.heartbeat", new JsonObject().put("sessionId", before));
        worker.next("error");
    }

    @Test
    void goodbye_and_silence_end_the_session() {
        Worker leaving = controller.registered("n1");
        leaving.send("goodbye", leaving.data().put("reason", "update"));
        assertThat(leaving.closed()).isEqualTo(1000);
        controller.fleet.watchFor(Duration.ofSeconds(1));
        assertThat(controller.fleet.nodes.find("n1").status()).isEqualTo(NodeStatus.OFFLINE);

        Worker silent = controller.registered("n2");
        controller.fleet.watchFor(Duration.ofSeconds(181));
        assertThat(silent.closed()).isEqualTo(1012);
        assertThatThrownBy(() -> await(controller.sessions.send("n2", Envelope.of("x", new JsonObject()))))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind).isEqualTo(Failure.Kind.UNAVAILABLE));
    }

    /** As another controller does that does not hear them: too many at once, so their work is held. */
    @Test
    void a_node_that_is_held_while_it_is_served_is_told_and_registers_again() {
        String token = controller.token("n1");
        Worker worker = controller.worker("n1", token);
        worker.register();
        Node seen = controller.fleet.nodes.find("n1");
        writtenOffElsewhere(seen);
        await(controller.fleet.nodes.get("n1"));
        assertThat(worker.closed()).isEqualTo(1012);
        assertThat(controller.sessions.isConnected("n1")).isFalse();

        Worker again = controller.worker("n1", token);
        again.register();
        Node back = controller.fleet.nodes.find("n1");
        assertThat(back.status()).isEqualTo(NodeStatus.IDLE);
        assertThat(back.heldSince()).isNull();
        assertThat(back.controllerId()).isEqualTo(seen.controllerId());
        again.send("telemetry.heartbeat", again.data());
        again.next("heartbeat.ack");
        controller.fleet.watchFor(Duration.ofSeconds(60));
        assertThat(controller.sessions.isConnected("n1")).isTrue();
    }

    private void writtenOffElsewhere(Node seen) {
        String collection = Nodes.COLLECTION.name();
        var stored = await(controller.fleet.store.get(collection, seen.id()));
        var record = new JsonObject(stored.json());
        record.getJsonObject("node")
                .put("version", stored.version() + 1)
                .put("status", "OFFLINE")
                .put("heldSince", controller.fleet.clock.instant().toString());
        await(controller.fleet.store.replaceIf(
                collection, new DocumentStore.Document(seen.id(), stored.version() + 1, record.encode())));
    }

    @Test
    void a_stopping_controller_says_so() {
        Worker worker = controller.registered("n1");
        await(controller.fleet.vertx.undeploy(controller.verticle.deploymentID()));
        assertThat(worker.closed()).isEqualTo(1012);
    }
}
