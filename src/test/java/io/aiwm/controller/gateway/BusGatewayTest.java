package io.aiwm.controller.gateway;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static io.aiwm.controller.node.FleetUnderTest.registration;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.protocol.BusAddresses;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.LinkClosed;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.RegisterAck;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BusGatewayTest {
    @TempDir
    Path folder;

    private GatewayUnderTest controller;
    private Vertx vertx;

    @BeforeEach
    void begin() {
        controller = new GatewayUnderTest(folder);
        vertx = controller.fleet.vertx;
    }

    @AfterEach
    void end() {
        controller.close();
    }

    private static JsonObject data(String nodeId) {
        return Json.toObject(registration(nodeId, "z", Map.of()));
    }

    private BusWorker registered(String nodeId, String token) {
        var worker = new BusWorker(vertx, nodeId, token);
        assertThat(worker.register(data(nodeId)).accepted()).isTrue();
        return worker;
    }

    private RegisterAck here(String nodeId, String token) {
        return await(BusAddresses.REGISTER_HERE.ask(
                        vertx, Envelope.of(NodeRegister.TYPE, data(nodeId).put("token", token)), BusWorker.WAIT))
                .as(RegisterAck.class);
    }

    private static void isRefused(Failure.Kind kind, Runnable what) {
        assertThatThrownBy(what::run)
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind).isEqualTo(kind));
    }

    @Test
    void a_worker_in_the_same_process_is_taken_in_and_shows_its_token_from_then_on() {
        RegisterAck first = here("n1", null);
        assertThat(first.accepted()).isTrue();
        assertThat(first.controllerId()).isEqualTo(controller.gateway.controllerId());
        await(BusAddresses.INBOUND_HERE.ask(
                vertx,
                Envelope.of("telemetry.heartbeat", new JsonObject().put("sessionId", first.sessionId())),
                BusWorker.WAIT));

        assertThat(here("n1", null).accepted()).isFalse();
        assertThat(here("n1", first.nodeToken()).accepted()).isTrue();
    }

    @Test
    void a_worker_that_proves_its_token_works_without_ever_sending_it() throws InterruptedException {
        String token = controller.token("n1");
        controller.engine.givenTo.put("c1", "n1");
        BusWorker worker = registered("n1", token);
        assertThat(controller.fleet.nodes.find("n1").status()).isEqualTo(NodeStatus.IDLE);

        await(controller.sessions.send(
                "n1", Envelope.command("job.run", new JsonObject(), new JsonObject().put("commandId", "c1"))));
        assertThat(worker.inbox.poll(10, TimeUnit.SECONDS).commandId()).isEqualTo("c1");
        var result = new JsonObject().put("commandId", "c1").put("outcome", "success");
        await(worker.ask(Envelope.of("command.result", result)));
        assertThat(worker.inbox.poll(10, TimeUnit.SECONDS).type()).isEqualTo("result.ack");
        assertThat(controller.engine.heard).containsExactly("n1 result c1");
    }

    @Test
    void who_knows_a_token_but_for_its_signature_is_not_that_node() {
        String token = controller.token("n1");
        String unsigned = token.substring(0, token.lastIndexOf('.'));
        // the controller's proof does not fit, so a worker of ours would stop here
        isRefused(Failure.Kind.FORBIDDEN, () -> new BusWorker(vertx, "n1", unsigned, "a guess"));
        assertThat(controller.fleet.nodes.find("n1").status()).isEqualTo(NodeStatus.PENDING);
    }

    @Test
    void anothers_token_a_users_token_and_nonsense_are_refused() {
        var others = new BusWorker(vertx, "n1", controller.token("other"));
        assertThat(others.register(data("n1")).accepted()).isFalse();
        String users = controller
                .fleet
                .jwt
                .issueUser("eve", Role.ADMIN, Duration.ofHours(1))
                .token();
        isRefused(Failure.Kind.FORBIDDEN, () -> new BusWorker(vertx, "n1", users));
        isRefused(Failure.Kind.UNAUTHENTICATED, () -> new BusWorker(vertx, "n1", "nonsense"));
        isRefused(Failure.Kind.UNAUTHENTICATED, () -> new BusWorker(vertx, "n1", "a.b.c"));
        assertThat(controller.fleet.nodes.find("n1")).isNull();
    }

    @Test
    void what_the_session_did_not_seal_or_what_comes_again_changes_nothing() throws InterruptedException {
        controller.engine.givenTo.put("c1", "n1");
        controller.engine.givenTo.put("c2", "n2");
        BusWorker worker = registered("n1", controller.token("n1"));
        BusWorker other = registered("n2", controller.token("n2"));
        Envelope result = Envelope.of(
                "command.result", new JsonObject().put("commandId", "c1").put("outcome", "success"));

        isRefused(Failure.Kind.UNAUTHENTICATED, () -> await(other.ask(Buffer.buffer(result.encode()))));
        // another's seal under this session's name
        Buffer borrowed = other.channel
                .seal(result)
                .setBytes(0, worker.channel.seal(result).getBytes(0, 16));
        isRefused(Failure.Kind.FORBIDDEN, () -> await(other.ask(borrowed)));
        Buffer good = worker.channel.seal(result);
        Buffer bent = good.copy().setByte(30, (byte) (good.getByte(30) ^ 1));
        isRefused(Failure.Kind.FORBIDDEN, () -> await(other.ask(bent)));
        assertThat(controller.engine.heard).isEmpty();

        await(worker.ask(good));
        isRefused(Failure.Kind.FORBIDDEN, () -> await(worker.ask(good)));
        assertThat(controller.engine.heard).containsExactly("n1 result c1");
    }

    @Test
    void nothing_is_taken_of_a_handshake_that_did_not_register() {
        var worker = new BusWorker(vertx, "n1", controller.token("n1"));
        isRefused(
                Failure.Kind.UNAUTHENTICATED,
                () -> await(worker.ask(Envelope.of("telemetry.heartbeat", new JsonObject()))));
    }

    @Test
    void a_second_worker_under_one_identity_is_refused_while_the_first_answers() {
        String token = controller.token("n1");
        BusWorker first = registered("n1", token);
        var second = new BusWorker(vertx, "n1", token);
        RegisterAck refused = second.register(data("n1"));
        assertThat(refused.accepted()).isFalse();
        assertThat(refused.reason()).contains("another worker runs as node n1");
        await(first.ask(Envelope.of("telemetry.heartbeat", new JsonObject())));

        first.vanish();
        registered("n1", token);
    }

    @Test
    void a_revoked_token_ends_the_session_and_the_worker_is_told() throws InterruptedException {
        String token = controller.token("n1");
        BusWorker worker = registered("n1", token);
        await(controller.fleet.tokens.revoke(
                "n1", await(controller.fleet.tokens.list("n1")).get(0).id()));

        Envelope told = worker.inbox.poll(10, TimeUnit.SECONDS);
        assertThat(told.type()).isEqualTo(LinkClosed.TYPE);
        assertThat(told.as(LinkClosed.class).code()).isEqualTo(4401);
        isRefused(
                Failure.Kind.UNAUTHENTICATED,
                () -> await(worker.ask(Envelope.of("telemetry.heartbeat", new JsonObject()))));
        isRefused(Failure.Kind.UNAUTHENTICATED, () -> new BusWorker(vertx, "n1", token));
    }

    @Test
    void a_member_without_token_registers_once_where_registration_is_open() {
        var worker = new BusWorker(vertx, "n1", null);
        RegisterAck first = worker.register(data("n1"));
        assertThat(first.accepted()).isTrue();
        await(worker.ask(Envelope.of("telemetry.heartbeat", new JsonObject())));
        worker.vanish();

        assertThat(new BusWorker(vertx, "n1", null).register(data("n1")).accepted())
                .isFalse();
        registered("n1", first.nodeToken());
    }
}
