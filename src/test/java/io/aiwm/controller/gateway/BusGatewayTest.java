package io.aiwm.controller.gateway;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static io.aiwm.controller.node.FleetUnderTest.registration;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.controller.node.NodeStatus;
import io.aiwm.protocol.BusAddresses;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.Failure;
import io.aiwm.protocol.Json;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.RegisterAck;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BusGatewayTest {
    private static final Duration WAIT = Duration.ofSeconds(10);

    @TempDir
    Path folder;

    private GatewayUnderTest controller;
    private final BlockingQueue<Envelope> inbox = new LinkedBlockingQueue<>();

    @BeforeEach
    void begin() {
        controller = new GatewayUnderTest(folder);
        BusAddresses.NODE.at("n1").serve(controller.fleet.vertx, message -> {
            inbox.add(message);
            return Future.succeededFuture();
        });
    }

    @AfterEach
    void end() {
        controller.close();
    }

    private RegisterAck register(String nodeId, String token) {
        JsonObject data = Json.toObject(registration(nodeId, "z", Map.of())).put("token", token);
        return await(BusAddresses.REGISTER.ask(controller.fleet.vertx, Envelope.of(NodeRegister.TYPE, data), WAIT))
                .as(RegisterAck.class);
    }

    private Future<Void> say(RegisterAck session, String type, JsonObject data) {
        return BusAddresses.INBOUND
                .at(session.controllerId())
                .ask(controller.fleet.vertx, Envelope.of(type, data.put("sessionId", session.sessionId())), WAIT);
    }

    @Test
    void a_worker_in_the_same_process_finds_the_controller_beside_it() {
        JsonObject data = Json.toObject(registration("n1", "z", Map.of()));
        RegisterAck ack = await(BusAddresses.REGISTER_HERE.askHere(
                        controller.fleet.vertx, Envelope.of(NodeRegister.TYPE, data), WAIT))
                .as(RegisterAck.class);

        assertThat(ack.accepted()).isTrue();
        assertThat(ack.controllerId()).isEqualTo(controller.gateway.controllerId());
    }

    @Test
    void a_member_without_token_registers_once_and_with_its_new_token_from_then_on() throws InterruptedException {
        RegisterAck first = register("n1", null);
        assertThat(first.accepted()).isTrue();
        assertThat(first.nodeToken()).isNotNull();
        await(say(first, "telemetry.heartbeat", new JsonObject()));
        assertThat(inbox.poll(10, TimeUnit.SECONDS).type()).isEqualTo("heartbeat.ack");

        assertThat(register("n1", null).accepted()).isFalse();
        await(say(first, "telemetry.heartbeat", new JsonObject()));
        RegisterAck second = register("n1", first.nodeToken());
        assertThat(second.accepted()).isTrue();
        assertThat(second.nodeToken()).isNull();
        assertThat(controller.fleet.nodes.find("n1").status()).isEqualTo(NodeStatus.IDLE);
        assertThatThrownBy(() -> await(say(first, "telemetry.heartbeat", new JsonObject())))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind).isEqualTo(Failure.Kind.UNAUTHENTICATED));
    }

    @Test
    void anothers_token_a_users_token_and_no_node_id_are_refused() {
        String others = controller.token("other");
        assertThat(register("n1", others).accepted()).isFalse();
        assertThat(register("n1", "nonsense").accepted()).isFalse();
        assertThat(register(null, null).accepted()).isFalse();
        assertThat(controller.fleet.nodes.find("n1")).isNull();
    }

    @Test
    void a_command_arrives_and_its_result_is_acknowledged() throws InterruptedException {
        controller.engine.givenTo.put("c1", "n1");
        RegisterAck session = register("n1", null);
        await(controller.sessions.send(
                "n1", Envelope.command("job.run", new JsonObject(), new JsonObject().put("commandId", "c1"))));
        assertThat(inbox.poll(10, TimeUnit.SECONDS).commandId()).isEqualTo("c1");
        await(say(
                session,
                "command.result",
                new JsonObject().put("commandId", "c1").put("outcome", "success")));
        assertThat(inbox.poll(10, TimeUnit.SECONDS).type()).isEqualTo("result.ack");
        assertThat(controller.engine.heard).containsExactly("n1 result c1");
    }

    @Test
    void a_revoked_token_makes_the_session_void() {
        RegisterAck session = register("n1", null);
        await(say(session, "telemetry.heartbeat", new JsonObject()));
        String tokenId = await(controller.fleet.tokens.list("n1")).get(0).id();
        await(controller.fleet.tokens.revoke("n1", tokenId));
        org.awaitility.Awaitility.await()
                .untilAsserted(
                        () -> assertThatThrownBy(() -> await(say(session, "telemetry.heartbeat", new JsonObject())))
                                .isInstanceOf(Failure.class));
        assertThat(register("n1", session.nodeToken()).accepted()).isFalse();
    }
}
